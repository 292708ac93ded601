#include "state/document.hpp"

#include <doctest/doctest.h>

#include "state/fields.hpp"
#include "state/scan.hpp"
#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

/// The keys that become devices, with a '!' before those that cannot be used.
std::string keys(const std::string& text) {
  std::string all;
  for (const Device& device : parsed(text).devices)
    all += (all.empty() ? "" : " ") + std::string(device.defect.empty() ? "" : "!") + device.key;
  return all;
}

std::string problem_of(const std::string& text) {
  state::Contents contents;
  contents.document.bytes = text;
  const auto problem = state::parse(contents, "friendly_name");
  return problem ? std::to_string(problem->offset) + ": " + problem->message : "none";
}

const std::string kEntry = R"("A8032ABE54DC":{"ip":"1.2.3.4"})";

}  // namespace

TEST_CASE("a flat file") {
  CHECK(keys("{}").empty());
  CHECK(keys("{" + kEntry + R"(,"a8:03:2a:be:54:dd":{"ip":"1.2.3.5"}})") ==
        "A8032ABE54DC a8:03:2a:be:54:dd");
}

TEST_CASE("a wrapped file is told by devices, wherever that stands") {
  CHECK(keys(R"({"version":1,"devices":{)" + kEntry + "}}") == "A8032ABE54DC");
  CHECK(keys(R"({"devices":{)" + kEntry + R"(},"version":1})") == "A8032ABE54DC");
  CHECK(keys(R"({"devices":{}})").empty());
  CHECK(keys(R"({"B0B21C000001":{"ip":"1.1.1.1"},"meta":{"x":{}},"devices":{)" + kEntry +
             R"(},"B0B21C000002":{"ip":"1.1.1.1"},"list":[{"devices":1}]})") == "A8032ABE54DC");
}

TEST_CASE("deeper members called devices or version mean nothing") {
  CHECK(keys(R"({"A8032ABE54DC":{"ip":"1.2.3.4","devices":{"a":1},"version":9}})") ==
        "A8032ABE54DC");
  CHECK(keys(R"({"devices":{"A8032ABE54DC":{"ip":"1.2.3.4","devices":3}}})") == "A8032ABE54DC");
}

TEST_CASE("a flat file may hold other things beside its entries, as long as they are no objects") {
  CHECK(keys(R"({"version":1,"updated":"today","list":[1,{"a":2}],"none":null,)" + kEntry + "}") ==
        "A8032ABE54DC");
  CHECK(keys(R"({"meta":{"a":1},)" + kEntry + "}") == "!meta A8032ABE54DC");
  CHECK(keys(R"({"A8032ABE54DD":null,"A8032ABE54DE":[{"ip":"x"}],)" + kEntry + "}") ==
        "!A8032ABE54DD !A8032ABE54DE A8032ABE54DC");
}

TEST_CASE("in devices everything is an entry") {
  CHECK(keys(R"({"devices":{"note":"x","list":[],"meta":{},)" + kEntry + "}}") ==
        "!note !list !meta A8032ABE54DC");
}

TEST_CASE("versions above 1 are refused") {
  for (const char* version : {"1", "1.0", "0", "-3", "1e0", "0.1e1", "1e-400", "null"}) {
    CAPTURE(version);
    CHECK(problem_of(std::string("{\"version\":") + version + ",\"devices\":{}}") == "none");
  }
  CHECK(problem_of(R"({"version":2,"devices":{}})") ==
        "11: version 2 is newer than this program knows (1)");
  CHECK(problem_of(R"({"devices":{},"version":1.5})") ==
        "24: version 1.5 is newer than this program knows (1)");
  CHECK(problem_of(R"({"version":1e300})") ==
        "11: version 1e300 is newer than this program knows (1)");
  for (const char* version : {"\"1\"", "true", "[1]", "{}"}) {
    CAPTURE(version);
    CHECK(problem_of(std::string("{\"version\":") + version + ",\"devices\":{}}") ==
          "11: version is not a number");
  }
}

TEST_CASE("files that are no state file") {
  CHECK(problem_of("") == "0: the text ends too early: no value");
  CHECK(problem_of("[]") == "0: expected an object");
  CHECK(problem_of(" \"x\"") == "1: expected an object");
  CHECK(problem_of(R"({"devices":[]})") == "11: devices is not an object");
  CHECK(problem_of(R"({"devices":null})") == "11: devices is not an object");
  CHECK(problem_of(R"({"devices":{},"devices":{}})") == "14: devices is given twice");
  CHECK(problem_of("{" + kEntry) == "32: the text ends too early: expected ',' or '}'");
  CHECK(problem_of("{" + kEntry + "}{}") == "33: something follows the end of the value");
  CHECK(problem_of(R"({"a":[1e400]})") == "6: number beyond +-1e308");
  CHECK(problem_of(R"({"a":[-1.1e308]})") == "6: number beyond +-1e308");
}

TEST_CASE("at most 32 levels") {
  const auto nested = [](int levels) {
    return "{\"x\":" + std::string(static_cast<std::size_t>(levels - 1), '[') +
           std::string(static_cast<std::size_t>(levels - 1), ']') + "}";
  };
  CHECK(problem_of(nested(32)) == "none");
  CHECK(problem_of(nested(33)) == "36: nested deeper than 32 levels");
}

TEST_CASE("numbers that fit nowhere are no matter of ours") {
  CHECK(problem_of(R"({"a":[18446744073709551616,-0,1e308,-1E+308,1e-999,0.0]})") == "none");
  CHECK(problem_of(R"({"a":[0e999999,-0.0E+309]})") == "none");
}

TEST_CASE("the index has the place of every part that a save may touch") {
  const std::string text =
      R"( {"A8032ABE54DC" : {"fw":"1.0", "stage3" : {"x":1, "error" : "e" ,"fw":[{}]} }})";
  const state::Contents contents = parsed(text);
  const state::Entry& entry = contents.document.entries.at(0);
  const auto bytes = [&](state::Offset begin, state::Offset end) {
    return text.substr(begin, end - begin);
  };
  const auto field = [&](const char* name) {
    return state::member_at(text, entry.fields[state::field_index(name)]);
  };
  CHECK(text.substr(entry.whole.key, 14) == R"("A8032ABE54DC")");
  CHECK(bytes(entry.whole.value, entry.whole.end) == text.substr(19, text.size() - 20));
  CHECK(bytes(entry.fw, state::member_at(text, entry.fw).end) == R"("fw":"1.0")");
  CHECK(bytes(entry.stage3.key, entry.stage3.end) ==
        R"("stage3" : {"x":1, "error" : "e" ,"fw":[{}]})");
  CHECK(bytes(entry.stage3.value, entry.stage3.value + 1) == "{");
  CHECK(bytes(field("error").key, field("error").end) == R"("error" : "e")");
  CHECK(bytes(field("fw").value, field("fw").end) == "[{}]");
  CHECK(entry.fields[state::field_index("update")] == 0);
}

TEST_CASE("entries are found by MAC") {
  const state::Contents contents =
      parsed(R"({"F00000000003":{"ip":"1.1.1.1"},"F00000000001":{"ip":"1.1.1.1"},"bad":{},)"
             R"("F00000000002":{"ip":"1.1.1.1"},"f0:00:00:00:00:02":{"ip":"1.1.1.1"}})");
  const state::Document& document = contents.document;
  const auto find = [&](const char* mac, std::size_t hint) {
    const auto index = document.find(*Mac::parse(mac), hint);
    return index ? static_cast<int>(*index) : -1;
  };
  for (const std::size_t hint : {0U, 1U, 2U, 99U}) {
    CHECK(find("F00000000003", hint) == 0);
    CHECK(find("F00000000001", hint) == 1);
    CHECK(find("F00000000002", hint) == -1);
    CHECK(find("F00000000004", hint) == -1);
    CHECK(find("000000000000", hint) == -1);
  }
}

TEST_CASE("the index takes at most 100 bytes a device") {
  CHECK(sizeof(state::Entry) + sizeof(std::uint32_t) <= 100);
}
