#include "failures.hpp"

#include <doctest/doctest.h>
#include <stage3/error_info.hpp>
#include <stage3/text.hpp>

#include <sstream>
#include <string>

#include "wrapped.hpp"

using namespace stage3;
using cli::Failures;
using cli::wrapped;

namespace {

DeviceResult failed(const std::string& address, Part part, Cause cause, const std::string& text) {
  DeviceResult result;
  result.device.model = "S1";
  result.device.address = *Address::parse(address);
  result.outcome = Outcome::failed;
  result.wanted_name = "Küche";
  result.errors.push_back({part, cause, 0, 0, text});
  return result;
}

/// The words of a text, whatever stands between them.
std::string words(const std::string& text) {
  std::istringstream in(text);
  std::string out;
  for (std::string word; in >> word;)
    out += word + ' ';
  return out;
}

std::size_t widest(const std::string& text) {
  std::size_t most = 0;
  std::istringstream in(text);
  for (std::string row; std::getline(in, row);)
    most = std::max(most, display_width(row));
  return most;
}

}  // namespace

TEST_CASE("failures stand by cause, that of most devices first, whole and with what to do") {
  Failures failures;
  CHECK(failures.empty());
  failures.add(failed("192.168.1.1", Part::auth, Cause::login_refused, "auth: login refused"));
  failures.add(failed("192.168.1.2", Part::ota, Cause::timeout, "OTA: timeout"));
  failures.add(failed("192.168.1.3", Part::ota, Cause::timeout, "OTA: timeout \x1b[2J"));
  const ErrorInfo& timeout = *find_error_info("ota.timeout");
  const ErrorInfo& refused = *find_error_info("auth.login_refused");
  const std::string expected =
      std::string("ota.timeout: 2 devices\n  ") + timeout.meaning[0] +
      "\n  To do: " + timeout.advice[0] + "\n  - S1 @ 192.168.1.2 (Küche): OTA: timeout" +
      "\n  - S1 @ 192.168.1.3 (Küche): OTA: timeout \\x1b[2J\nauth.login_refused: 1 device\n  " +
      refused.meaning[0] + "\n  To do: " + refused.advice[0] +
      "\n  - S1 @ 192.168.1.1 (Küche): auth: login refused";
  CHECK(failures.text(1000) == expected);
  for (const std::size_t columns : {29U, 39U, 79U}) {
    CHECK(widest(failures.text(columns)) <= columns);
    CHECK(words(failures.text(columns)) == words(expected));
  }
}

TEST_CASE("a device stands under each of its causes") {
  Failures failures;
  DeviceResult result = failed("192.168.1.1", Part::friendly, Cause::timeout, "friendly: timeout");
  result.errors.push_back({Part::ota, Cause::timeout, 0, 0, "OTA: timeout"});
  failures.add(result);
  const std::string text = failures.text(200);
  CHECK(text.find("friendly.timeout: 1 device\n") != std::string::npos);
  CHECK(text.find("ota.timeout: 1 device\n") != std::string::npos);
}

TEST_CASE("text is broken at blanks, or where it must be between two characters") {
  CHECK(wrapped("", 10, 2).empty());
  CHECK(wrapped("one two three", 20, 2) == "one two three");
  CHECK(wrapped("one two three", 8, 2) == "one two\n  three");
  CHECK(wrapped("one two three", 7, 2) == "one two\n  three");
  CHECK(wrapped("  one two", 6, 4) == "  one\n    tw\n    o");
  CHECK(wrapped("居間居間", 5, 0) == "居間\n居間");
  CHECK(wrapped("👨\u200d👩\u200d👧 a", 3, 0) == "👨\u200d👩\u200d👧\na");
}
