#include "state/uniqueness.hpp"

#include <doctest/doctest.h>

#include "support.hpp"

using namespace stage3::test;

namespace {

/// Entries A8032ABE54<two digits of `macs`>, each with the aliases given for it.
struct Line {
  std::string key;
  std::string aliases;
};

std::vector<std::string> defects(const std::vector<Line>& lines) {
  std::string text = "{\"devices\":{";
  for (const Line& line : lines) {
    text += (text.back() == '{' ? "\"" : ",\"") + line.key +
            R"(":{"ip":"1.2.3.4","mac_aliases":[)" + line.aliases + "]}";
  }
  std::vector<std::string> all;
  for (const auto& device : parsed(text + "}}").devices)
    all.push_back(device.defect);
  return all;
}

using Defects = std::vector<std::string>;

const std::string kA = "A8032ABE54DA";
const std::string kB = "A8032ABE54DB";

std::string as_json(const std::string& mac) {
  return "\"" + mac + "\"";
}

}  // namespace

TEST_CASE("entries with one address but two MACs are fine") {
  CHECK(defects({{kA, ""}, {kB, ""}}) == Defects{"", ""});
}

TEST_CASE("two entries with one MAC name each other, as they are spelled") {
  CHECK(defects({{kA, ""}, {"a8:03:2a:be:54:da", ""}, {kB, ""}}) ==
        Defects{"MAC is also that of entry \"a8:03:2a:be:54:da\"",
                "MAC is also that of entry \"A8032ABE54DA\"", ""});
  CHECK(defects({{kA, ""}, {kA, ""}}) == Defects{"MAC is also that of entry \"A8032ABE54DA\"",
                                                 "MAC is also that of entry \"A8032ABE54DA\""});
}

TEST_CASE("an alias that is another entry's MAC spoils the entry that claims it") {
  CHECK(defects({{kA, as_json("a8-03-2a-be-54-db")}, {kB, ""}}) ==
        Defects{"alias A8032ABE54DB is the MAC of entry \"A8032ABE54DB\"", ""});
}

TEST_CASE("an alias of two entries spoils both") {
  CHECK(defects({{kA, as_json("A8032ABE54DC")}, {kB, as_json("A8032ABE54DC")}}) ==
        Defects{"alias A8032ABE54DC is also one of entry \"A8032ABE54DB\"",
                "alias A8032ABE54DC is also one of entry \"A8032ABE54DA\""});
}

TEST_CASE("an entry may repeat itself") {
  CHECK(defects({{kA, as_json(kA)}}) == Defects{""});
  CHECK(defects({{kA, as_json(kB) + "," + as_json(kB)}}) == Defects{""});
}

TEST_CASE("keys that are no MAC claim nothing") {
  CHECK(defects({{"x", ""}, {"x", ""}}) ==
        Defects{"\"x\" is not a MAC address", "\"x\" is not a MAC address"});
}

TEST_CASE("an update that an entry has on record holds for the one that takes its place") {
  const auto ota = [](const std::string& state, const std::string& sent_at) {
    return R"("stage3":{"ota":{"state":")" + state + R"(","to":"1.7.5","sent_at":")" + sent_at +
           R"("}})";
  };
  const std::string early = ota("sent", "2026-11-01T10:00:00Z");
  const std::string late = ota("unchanged", "2026-11-02T10:00:00Z");
  const auto heir = [&](const std::string& of_alias, const std::string& of_key) {
    const auto contents =
        parsed(R"({"A8032ABE54DA":{"ip":"1.2.3.4","mac_aliases":["A8032ABE54DB"])" +
               (of_alias.empty() ? "" : "," + of_alias) + R"(},"A8032ABE54DB":{"ip":"1.2.3.4")" +
               (of_key.empty() ? "" : "," + of_key) + "}}");
    const auto& on_record = contents.devices[1].on_record;
    return on_record && on_record->ota ? on_record->ota->state : stage3::UpdateState::none;
  };
  using stage3::UpdateState;
  CHECK(heir("", "") == UpdateState::none);
  CHECK(heir(early, "") == UpdateState::sent);
  CHECK(heir(early, late) == UpdateState::unchanged);
  CHECK(heir(late, early) == UpdateState::unchanged);
  CHECK(heir(R"("stage3":{"ota":7})", late) == UpdateState::unreadable);
  CHECK(heir(late, R"("stage3":{"ota":7})") == UpdateState::unreadable);
}
