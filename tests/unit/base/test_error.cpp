#include <doctest/doctest.h>
#include <stage3/error.hpp>

using stage3::Errc;
using stage3::Error;

TEST_CASE("what() begins with the location as far as it is known") {
  const std::string message = "unknown key";
  CHECK(std::string(Error(Errc::config, message, "c.yaml", 3, 5).what()) ==
        "c.yaml:3:5: unknown key");
  CHECK(std::string(Error(Errc::config, message, "c.yaml", 3).what()) == "c.yaml:3: unknown key");
  CHECK(std::string(Error(Errc::config, message, "c.yaml").what()) == "c.yaml: unknown key");
  CHECK(std::string(Error(Errc::config, message).what()) == "unknown key");
  CHECK(std::string(Error(Errc::config, message, "", 3, 5).what()) == "3:5: unknown key");
}

TEST_CASE("a column without a line is not shown") {
  CHECK(std::string(Error(Errc::config, "m", "c.yaml", 0, 5).what()) == "c.yaml: m");
}

TEST_CASE("the parts stay available") {
  const Error error(Errc::locked, "held", "ip_state.json", 7, 9);
  CHECK(error.code() == Errc::locked);
  CHECK(error.message() == "held");
  CHECK(error.path() == "ip_state.json");
  CHECK(error.line() == 7);
  CHECK(error.column() == 9);
}
