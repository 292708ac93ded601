#include <doctest/doctest.h>

#include <stage3/error.hpp>
#include <stage3/state_store.hpp>

#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

std::string check(const std::string& text, const std::string& name_field = "friendly_name") {
  const TempDir dir;
  write_file(dir / "s.json", text);
  std::string all;
  for (const StateProblem& problem : StateStore::check(dir / "s.json", name_field)) {
    all += std::to_string(problem.line) + ":" + std::to_string(problem.column) +
           (problem.fatal ? "! " : " ") + problem.message + "\n";
  }
  return all;
}

}  // namespace

TEST_CASE("a good file has no problems") {
  CHECK(check(R"({"A8032ABE54DC":{"ip":"1.2.3.4","friendly_name":"x"}})").empty());
}

TEST_CASE("everything wrong is told in file order, with its place") {
  CHECK(check("{\n  \"A8032ABE54DA\": {},\n  \"A8032ABE54DC\": {\n    \"ip\": \"1.2.3\",\n"
              "    \"port\": 0, \"mac_aliases\": [\"x\",\n     \"y\"]\n  },\n"
              "  \"a8:03:2a:be:54:da\": {\"ip\": \"1.2.3.4\", \"friendly_name\": 5},\n"
              "  \"nobody\": {\"ip\": \"1.2.3.4\"}\n}\n") ==
        "2:3 entry \"A8032ABE54DA\": no ip\n"
        "2:3 entry \"A8032ABE54DA\": MAC is also that of entry \"a8:03:2a:be:54:da\"\n"
        "4:11 entry \"A8032ABE54DC\": ip \"1.2.3\" is not an IPv4 or IPv6 address\n"
        "5:13 entry \"A8032ABE54DC\": port is not a number from 1 to 65535\n"
        "5:32 entry \"A8032ABE54DC\": alias \"x\" is not a MAC address\n"
        "6:6 entry \"A8032ABE54DC\": alias \"y\" is not a MAC address\n"
        "8:3 entry \"a8:03:2a:be:54:da\": MAC is also that of entry \"A8032ABE54DA\"\n"
        "8:3 entry \"a8:03:2a:be:54:da\": \"friendly_name\" is not a string\n"
        "9:3 entry \"nobody\": \"nobody\" is not a MAC address\n");
}

TEST_CASE("the name field is the one that was chosen") {
  const std::string text = R"({"A8032ABE54DC":{"ip":"1.2.3.4","friendly_name":5,"label":6}})";
  CHECK(check(text, "label") == "1:2 entry \"A8032ABE54DC\": \"label\" is not a string\n");
}

TEST_CASE("what spoils the whole file is told alone") {
  CHECK(check("{\n \"A8032ABE54DC\": {},\n \"x\"\n}") == "4:1! expected ':'\n");
  CHECK(check("") == "1:1! the text ends too early: no value\n");
}

TEST_CASE("a file that cannot be read") {
  const TempDir dir;
  try {
    StateStore::check(dir / "none.json");
    FAIL("no error");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::state_read);
    CHECK(error.what() ==
          dir / "none.json" + ": cannot read state file: No such file or directory");
  }
}
