#include "device_line.hpp"

#include <doctest/doctest.h>
#include <stage3/error_info.hpp>
#include <stage3/text.hpp>

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "../rounds.hpp"

using namespace stage3;
using cli::device_line;
using cli::LineStyle;

namespace {

constexpr Part kParts[] = {Part::reach, Part::identity, Part::auth,
                           Part::ota,   Part::friendly, Part::entry};

DeviceResult result_of(const std::string& model = "S2PMG3",
                       const std::string& address = "192.168.1.35") {
  DeviceResult result;
  result.device.key = "A8032A000001";
  result.device.model = model;
  result.device.address = *Address::parse(address);
  result.outcome = Outcome::ok;
  result.ota_status = OtaStatus::up_to_date;
  result.finished_at = 1'000'000;
  return result;
}

DeviceResult named(const std::string& name) {
  DeviceResult result = result_of();
  result.friendly_status = FriendlyStatus::ok;
  result.wanted_name = name;
  result.device_name = name;
  return result;
}

DeviceResult renamed(const std::string& before, const std::string& name) {
  DeviceResult result = named(name);
  result.name_changed = true;
  result.previous_name = before;
  return result;
}

DeviceResult failed(DeviceResult result, Part part, Cause cause, const std::string& words) {
  result.outcome = Outcome::failed;
  result.errors.push_back({part, cause, 0, 0, to_string(part) + (": " + words)});
  return result;
}

std::string line(const DeviceResult& result, std::size_t columns, bool is_strict = true) {
  return device_line(result, {false, columns, is_strict});
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("no text makes a part of the line of itself") {
  const std::string forged = "x) | ERR=auth: refused | FW=1 -> 2 sent | Friendly=ok - OTA=error";
  const std::string shown =
      "x) \\x7c ERR=auth: refused \\x7c FW=1 -> 2 sent \\x7c Friendly=ok \\x2d OTA=error";
  DeviceResult result = failed(renamed(forged, forged), Part::ota, Cause::malformed, forged);
  result.device.model = forged;
  result.ota_status = OtaStatus::update_available;
  result.fw = result.update = forged;
  result.update_held = true;
  result.held = forged;
  LineStyle whole;
  whole.is_whole = true;
  CHECK(device_line(result, whole) ==
        "● " + shown + " @ 192.168.1.35 - OTA=updateable | Friendly=ok (" + shown + " -> " + shown +
            ") | ERR=OTA: " + shown + " | FW=" + shown + " -> " + shown + " held: " + shown);
  CHECK(contains(line(named("Bad | Flur - OG"), 200), "(Bad | Flur - OG)"));
}

TEST_CASE("the lines of the runbook, word for word") {
  CHECK(line(named("Wohnzimmer"), 79) ==
        "● S2PMG3 @ 192.168.1.35 - OTA=up_to_date | Friendly=ok (Wohnzimmer)");
  DeviceResult offered = result_of("S1MINIPMG3", "192.168.1.78");
  offered.ota_status = OtaStatus::update_available;
  offered.friendly_status = FriendlyStatus::no_value;
  CHECK(line(offered, 79) == "● S1MINIPMG3 @ 192.168.1.78 - OTA=updateable | Friendly=no_value");
  DeviceResult offline = result_of("S2PMG3", "192.168.1.51");
  offline.ota_status = OtaStatus::offline;
  CHECK(line(offline, 79) == "● S2PMG3 @ 192.168.1.51 - OTA=offline");
  DeviceResult bad =
      failed(result_of("I4G3", "192.168.1.30"), Part::friendly, Cause::http, "HTTP 500");
  bad.errors.front().http_status = 500;
  bad.friendly_status = FriendlyStatus::error;
  bad.wanted_name = "Name";
  CHECK(line(bad, 79, false) ==
        "● I4G3 @ 192.168.1.30 - OTA=up_to_date | Friendly=error (Name) | ERR=friendly: HTTP 500");
}

TEST_CASE("what was changed is marked") {
  CHECK(ends_with(line(renamed("Alt", "Neu"), 79), " | Friendly=ok (Alt -> Neu)"));
  DeviceResult unknown = renamed("", "Neu");
  unknown.previous_name.reset();
  CHECK(ends_with(line(unknown, 79), " | Friendly=ok (? -> Neu)"));

  DeviceResult sent = result_of();
  sent.ota_status = OtaStatus::update_available;
  sent.fw = "1.4.4";
  sent.update = "1.7.5";
  sent.update_sent = true;
  CHECK(ends_with(line(sent, 79), " | FW=1.4.4 -> 1.7.5 sent"));
  CHECK(ends_with(line(sent, 50), "OTA=updateable | sent"));
  DeviceResult updated = result_of();
  updated.update_ended = true;
  UpdateRecord record;
  record.state = UpdateState::updated;
  record.from = "1.4.4";
  record.to = "1.7.5";
  updated.ota = std::make_shared<UpdateRecord>(record);
  CHECK(ends_with(line(updated, 79), " | FW=1.4.4 -> 1.7.5 updated"));
  record.state = UpdateState::sent;
  record.sent_at = updated.finished_at - 130;
  updated.ota = std::make_shared<UpdateRecord>(record);
  CHECK(ends_with(line(updated, 79), " | FW=1.4.4 -> 1.7.5 started 2 min ago"));
}

namespace {

/// What a run can make of one and the same offer, each with the mark that tells it.
std::vector<std::pair<DeviceResult, std::string>> fates_of(const DeviceResult& offered) {
  DeviceResult sent = offered;
  sent.update_sent = true;
  DeviceResult held = offered;
  held.update_held = true;
  DeviceResult barred = held;
  barred.held = "ota.hold: S2PMG3";
  UpdateRecord record;
  record.from = offered.fw;
  record.to = offered.update;
  record.state = UpdateState::updated;
  DeviceResult updated = offered;
  updated.update_ended = true;
  updated.ota = std::make_shared<UpdateRecord>(record);
  record.state = UpdateState::sent;
  record.sent_at = offered.finished_at - 130;
  DeviceResult started = offered;
  started.ota = std::make_shared<UpdateRecord>(record);
  return {{sent, " sent"},
          {held, " held"},
          {barred, " held"},
          {updated, " updated"},
          {started, " started"}};
}

/// Offers of devices whose lines fit in more and less columns.
std::vector<DeviceResult> offers() {
  std::vector<DeviceResult> offers;
  for (const char* const address :
       {"10.0.0.1", "127.1.10.1", "192.168.100.200", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff"}) {
    DeviceResult offered = result_of("S2PMG3", address);
    offered.ota_status = OtaStatus::update_available;
    offered.fw = "1.4.4";
    offered.update = "1.7.5";
    offers.push_back(offered);
    offered.friendly_status = FriendlyStatus::no_value;
    offers.push_back(offered);
    offered.friendly_status = FriendlyStatus::ok;
    offered.device_name = offered.wanted_name = "Wohnzimmer";
    offers.push_back(offered);
    offered.name_changed = true;
    offers.push_back(offered);
    offers.push_back(failed(offered, Part::ota, Cause::timeout, "may have started, no answer"));
  }
  return offers;
}

}  // namespace

TEST_CASE("in however many columns, what became of an update is told") {
  constexpr std::size_t kLeast = 20;
  for (const DeviceResult& offered : offers()) {
    for (const auto& [result, mark] : fates_of(offered)) {
      for (std::size_t columns = kLeast; columns < 200; ++columns) {
        for (const bool is_strict : {false, true}) {
          const std::string shown = line(result, columns, is_strict);
          CAPTURE(columns);
          CAPTURE(shown);
          REQUIRE(contains(shown, mark));
          REQUIRE(shown != line(offered, columns, is_strict));
          if (is_strict) REQUIRE(display_width(shown) <= columns);
        }
      }
    }
  }
}

TEST_CASE("what became of an update outlives the end of the status") {
  DeviceResult sent = result_of("S2PMG3", "192.168.100.200");
  sent.ota_status = OtaStatus::update_available;
  sent.fw = "1.4.4";
  sent.update = "1.7.5";
  sent.update_sent = true;
  CHECK(line(sent, 40) == "● S... @ 192.168.100.200 - OTA... | sent");
  CHECK(device_line(sent, {true, 40, true}) ==
        "\x1b[33m●\x1b[0m S... @ 192.168.100.200 - \x1b[33mOTA...\x1b[0m | sent");
}

TEST_CASE("the old name gives way to the new one, the name to the cause") {
  const DeviceResult result = renamed("Ein sehr langer alter Name", "Wohnzimmer");
  CHECK(ends_with(line(result, 97), "(Ein sehr langer alter Name -> Wohnzimmer)"));
  CHECK(ends_with(line(result, 84), "(Ein sehr l... -> Wohnzimmer)"));
  CHECK(ends_with(line(result, 70), "(-> Wohnzimmer)"));
  CHECK(ends_with(line(result, 65), "Friendly=ok (-> Wo...)"));
  DeviceResult refused = failed(named("Wohnzimmer Decke links hinten"), Part::auth,
                                Cause::login_refused, "login refused, and a long tale of why");
  CHECK(ends_with(line(refused, 84), "(Wohn...) | ERR=auth: refused"));
}

TEST_CASE("whatever is wrong with whatever device: 80 columns show the deciding word") {
  for (const Part part : kParts) {
    for (int cause = 0; cause <= static_cast<int>(Cause::lost); ++cause) {
      for (const OtaStatus ota :
           {OtaStatus::check_failed, OtaStatus::error, OtaStatus::up_to_date}) {
        // Only what has not been found to be the right device can be another one.
        if (static_cast<Cause>(cause) == Cause::wrong_device && ota != OtaStatus::error) continue;
        DeviceResult result = result_of("S1MINIPMG3", "192.168.100.200");
        result.ota_status = ota;
        result.friendly_status = FriendlyStatus::error;
        result.wanted_name = "Wohnzimmer Decke links";
        result.fw = "1.4.4";
        result = failed(result, part, static_cast<Cause>(cause),
                        "expected A8032A000001, found A8032A000033, which takes long to tell");
        const std::string shown = line(result, 79);
        CAPTURE(shown);
        CHECK(ends_with(shown, "ERR=" + short_form(result.errors.front())));
        CHECK(display_width(shown) <= 79);
        CHECK(contains(line(result, 79, false), "ERR=" + short_form(result.errors.front())));
      }
    }
  }
}

TEST_CASE("an HTTP status is what scripts look for, with the code of the RPC error where it fits") {
  DeviceResult result = failed(result_of(), Part::ota, Cause::rpc,
                               "HTTP 500 (-114 Resource unavailable: try again later, or never)");
  result.errors.front().http_status = 500;
  result.errors.front().rpc_code = -114;
  CHECK(ends_with(line(result, 79), " | ERR=OTA: HTTP 500 (-114)"));
  CHECK(ends_with(line(result, 64), " | ERR=OTA: HTTP 500"));
  // On a terminal the name goes before the code does.
  result.friendly_status = FriendlyStatus::ok;
  result.device_name = "Name";
  for (std::size_t columns = 72; columns < 100; ++columns) {
    CAPTURE(columns);
    CHECK(contains(line(result, columns), "HTTP 500 (-114"));
  }
  CHECK(ends_with(line(result, 200), "or never)"));
}

TEST_CASE("of several errors the first one stays") {
  DeviceResult result =
      failed(result_of(), Part::friendly, Cause::timeout, "no answer for 20 seconds");
  result =
      failed(result, Part::ota, Cause::closed, "closed by the device while it was being asked");
  CHECK(ends_with(line(result, 79), " | ERR=friendly: timeout; OTA: closed"));
  CHECK(ends_with(line(result, 70), " | ERR=friendly: timeout..."));
}

TEST_CASE("a failed name makes the dot red, and leaves the firmware its colour") {
  DeviceResult result = failed(result_of(), Part::friendly, Cause::timeout, "timeout");
  const std::string shown = device_line(result, {true, 79, true});
  CHECK(shown.rfind("\x1b[31m●\x1b[0m S2PMG3", 0) == 0);
  CHECK(contains(shown, "\x1b[32mOTA=up_to_date\x1b[0m"));
  result.outcome = Outcome::ok;
  CHECK(device_line(result, {true, 79, true}).rfind("\x1b[32m●\x1b[0m", 0) == 0);
}

TEST_CASE("no line takes more columns than it has, whatever is in it") {
  const std::vector<std::string> texts = {"",
                                          "Name",
                                          std::string(64, 'x'),
                                          "居間の照明が長い名前です",
                                          "مطبخ",
                                          "می\u200cخواهم",
                                          "e\u0301e\u0301e\u0301e\u0301",
                                          "👨\u200d👩\u200d👧🇩🇪 Küche",
                                          "\x1b[2J\r",
                                          std::string(30, '\x07')};
  std::mt19937 random(1);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same each time
  const auto pick = [&](std::size_t count) { return random() % count; };
  for (int round = 0; round < rounds(20'000); ++round) {
    DeviceResult result = result_of(texts[pick(texts.size())]);
    if (pick(4) == 0) {
      result.device.defect = "ip";
      result.device.address_text = texts[pick(texts.size())];
    }
    result.ota_status = static_cast<OtaStatus>(pick(6));
    if (pick(4) != 0) result.friendly_status = static_cast<FriendlyStatus>(pick(4));
    result.wanted_name = texts[pick(texts.size())];
    if (pick(2) == 0) result.previous_name = texts[pick(texts.size())];
    result.name_changed = pick(2) == 0;
    result.fw = "1.4.4";
    result.update = pick(2) == 0 ? "1.7.5" : texts[pick(texts.size())];
    result.update_sent = pick(3) == 0;
    result.update_held = pick(3) == 0;
    result.held = texts[pick(texts.size())];
    for (std::size_t errors = pick(3); errors > 0; --errors)
      result =
          failed(result, kParts[pick(6)], static_cast<Cause>(pick(20)), texts[pick(texts.size())]);
    const std::size_t columns = 29 + pick(100);
    const std::string shown = line(result, columns);
    CAPTURE(shown);
    CAPTURE(columns);
    REQUIRE(display_width(shown) <= columns);
    REQUIRE(shown.rfind("● ", 0) == 0);
  }
}
