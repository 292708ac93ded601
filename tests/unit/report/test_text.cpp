#include <doctest/doctest.h>

#include "fleet.hpp"
#include "report/words.hpp"

using namespace stage3;

namespace {

std::string first_line(const std::vector<Device>& devices, Language language = Language::en) {
  const std::string text = to_text(overview_of(devices, nullptr, kNow), language);
  return text.substr(0, text.find('\n'));
}

}  // namespace

TEST_CASE("a verdict in one sentence comes first") {
  CHECK(first_line({}) == "The state file holds no device.");
  CHECK(first_line({blank_device(1), blank_device(2)}) ==
        "No run has recorded anything of these 2 devices yet.");
  CHECK(first_line({blank_device(1)}) == "No run has recorded anything of this device yet.");
  CHECK(first_line({blank_device(1)}, Language::de) ==
        "Von diesem Gerät hat noch kein Lauf etwas festgehalten.");
  CHECK(first_line({well(1)}) == "The device did not fail.");
  CHECK(first_line({well(1)}, Language::de) == "Kein Fehler bei diesem Gerät.");
  CHECK(first_line({well(1), well(2)}) == "None of 2 devices failed.");
  const std::vector<Device> mixed{
      well(1), locked(2), blank_device(3),
      device_with(4, [](OnRecord& r) { r.ota_status = OtaStatus::offline; }),
      device_with(5, [](OnRecord& r) { r.update = "2.0.0"; })};
  CHECK(
      first_line(mixed) ==
      "1 of 5 devices failed; 1 offline, 1 without a result, 1 with an update on offer (1 of them "
      "found by an earlier run).");
  CHECK(first_line(mixed, Language::de) ==
        "Fehler bei 1 von 5 Geräten; 1 offline, 1 ohne Ergebnis, 1 mit angebotenem Update (1 davon "
        "in einem früheren Lauf gefunden).");
}

TEST_CASE("a failure is told with what it means, what to do and since when") {
  const std::vector<Device> devices{locked(1)};
  const std::string text = to_text(overview_of(devices, nullptr, kNow), Language::en);
  INFO(text);
  CHECK(text.find("\nLast run 2026-11-23 10:00 UTC, 2 h ago.\n") != std::string::npos);
  CHECK(text.find("\nauth.login_refused 1, since 2026-11-21 10:00 UTC\n  ") != std::string::npos);
  CHECK(text.find("\n  Lamp 1 @ 10.0.0.1, since 2026-11-21 10:00 UTC: auth: login refused\n") !=
        std::string::npos);
  const std::string german = to_text(overview_of(devices, nullptr, kNow), Language::de);
  CHECK(german.find("\nLetzter Lauf 2026-11-23 10:00 UTC, vor 2 h.\n") != std::string::npos);
}

TEST_CASE("offers of the last run and of earlier ones are told apart") {
  const auto offered = [](int number, OtaStatus status) {
    return device_with(number, [status](OnRecord& record) {
      record.ota_status = status;
      record.update = "2.0.0";
    });
  };
  const std::vector<Device> fresh{offered(1, OtaStatus::update_available), well(2)};
  CHECK(first_line(fresh) == "None of 2 devices failed; 1 with an update on offer.");
  const std::vector<Device> both{offered(1, OtaStatus::update_available),
                                 offered(2, OtaStatus::offline), offered(3, OtaStatus::skipped)};
  CHECK(first_line(both) ==
        "None of 3 devices failed; 1 offline, 3 with an update on offer (2 of them found by an "
        "earlier run).");
}

TEST_CASE("an update whose end nobody has seen is named, with its versions and since when") {
  const std::vector<Device> devices{well(1), under_way(2)};
  const std::string text = to_text(overview_of(devices, nullptr, kNow), Language::en);
  INFO(text);
  CHECK(text.find("\nSent, and its end not seen yet 1\n  Lamp 2 @ 10.0.0.2, since 2026-11-23 10:00 "
                  "UTC: 1.7.5 -> 2.0.0\\x1b\n") != std::string::npos);
}

TEST_CASE("of a cause that thousands share some are named") {
  const std::vector<Device> devices(1234, locked(1));
  const std::string text = to_text(overview_of(devices, nullptr, kNow), Language::en);
  CHECK(text.find("\n  and 1,214 more\n") != std::string::npos);
  CHECK(text.size() < 4000);
}

TEST_CASE("nothing that a device is called reaches the terminal as it is") {
  const Device hostile = device_with(1, [](OnRecord& record) {
    record.ota_status = OtaStatus::error;
    record.device_name = "a\x1b[2Jb\n";
    record.error = "OTA: \x07";
    record.app = "\x1b]0;x\x07";
    record.fw = "\r1";
  });
  const std::vector<Device> devices{hostile};
  const std::string text = to_text(overview_of(devices, nullptr, kNow), Language::en);
  for (const char c : {'\x1b', '\x07', '\r'})
    CHECK(text.find(c) == std::string::npos);
  CHECK(text.find("a\\x1b[2Jb\\n @") != std::string::npos);
}

TEST_CASE("the JSON is one object in ASCII") {
  const std::vector<Device> devices{
      locked(1), device_with(2, [](OnRecord& record) { record.device_name = "Küche \"1\""; })};
  const std::string text = to_json(overview_of(devices, nullptr, kNow));
  INFO(text);
  CHECK(text.find("{\"v\":1,\"type\":\"status\",\"now\":\"2026-11-23T12:00:00Z\"") == 0);
  CHECK(text.find("\"failed\":1,") != std::string::npos);
  CHECK(text.find("\"error_id\":\"auth.login_refused\"") != std::string::npos);
  CHECK(text.find("\"failing_since\":\"2026-11-21T10:00:00Z\"") != std::string::npos);
  for (const char c : text)
    REQUIRE((c >= 0x20 && c < 0x7f));
}

TEST_CASE("numbers and ages are written as people of the language do") {
  using report::age_text;
  using report::number_text;
  CHECK(number_text(999, Language::en) == "999");
  CHECK(number_text(1000, Language::en) == "1,000");
  CHECK(number_text(1234567, Language::de) == "1.234.567");
  CHECK(age_text(72 * kHour, Language::en) == "3 days");
  CHECK(age_text(72 * kHour, Language::de) == "3 Tagen");
  CHECK(age_text(2 * kHour, Language::de) == "2 h");
}
