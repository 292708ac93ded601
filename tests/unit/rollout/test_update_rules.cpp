#include "rollout/update_rules.hpp"

#include <doctest/doctest.h>

#include <string>

#include "../rounds.hpp"

using stage3::Config;
using stage3::Device;
using stage3::Mac;
using stage3::WantedName;
using stage3::rollout::UpdateCandidate;
using stage3::rollout::UpdateRules;

namespace {

/// 2026-03-25 09:59:11 UTC, fourteen days to the second after kOfferedBuild.
constexpr std::int64_t kToday = 1774432751;
constexpr std::int64_t kSecondsOfDay = 86400;
constexpr const char* kOfferedBuild = "20260311-095911/1.7.5-g9a2b3c4";

struct Ruled {
  Config::Ota ota;
  Device device;
  std::string app = "PlusPlugS";
  std::string version = "1.7.5";
  std::string build = kOfferedBuild;

  Ruled() {
    device.mac = *Mac::parse("A8032ABE54DC");
    device.aliases = {*Mac::parse("A8032ABE54DD")};
    device.wanted_name = {WantedName::Kind::text, "K\u00fcche 1"};
  }

  std::string why(std::int64_t now = kToday) const {
    return UpdateRules(ota).why_excluded({device, app, version, build}, now);
  }
};

}  // namespace

TEST_CASE("without rules nothing is excluded") {
  Ruled ruled;
  CHECK(ruled.why() == "");
  ruled.build.clear();
  CHECK(ruled.why() == "");
  CHECK(UpdateRules(ruled.ota).why_closed({kToday, 0}) == "");
}

TEST_CASE("a device is on hold by its MACs, its app or its name") {
  Ruled ruled;
  const auto why = [&](const char* item) {
    ruled.ota.hold = {"app=None*", item, "name=None*"};
    return ruled.why();
  };
  for (const char* item : {"a8:03:2a:be:54:dc", "A8032ABE54DD", "app=Plus*", "app=PlusPlug[A-S]",
                           "app=*", "name=K\u00fcche 1", "name=K?che*", "name=*"}) {
    CAPTURE(item);
    CHECK(why(item) == std::string("on ota.hold (") + item + ")");
  }
  for (const char* item : {"A8032ABE54DE", "app=plus*", "app=Plus", "app=?", "name=K\u00fcche",
                           "name=k\u00fcche 1", "name=PlusPlugS", "app=K*"}) {
    CAPTURE(item);
    CHECK(why(item) == "");
  }
}

TEST_CASE("an entry without a name is on hold by none") {
  Ruled ruled;
  ruled.ota.hold = {"name=*"};
  for (const auto& name : {WantedName{}, WantedName{WantedName::Kind::text, ""},
                           WantedName{WantedName::Kind::text, " \u200b"},
                           WantedName{WantedName::Kind::not_a_string, ""}}) {
    ruled.device.wanted_name = name;
    CHECK(ruled.why() == "");
  }
}

TEST_CASE("a name is on hold as it is spelled, and as it is shown") {
  Ruled ruled;
  ruled.device.wanted_name.text = " Server  room\t1 ";
  for (const char* item : {"name=Server room 1", "name= Server  room?1 ", "name=Server room*"}) {
    CAPTURE(item);
    ruled.ota.hold = {item};
    CHECK(ruled.why() == std::string("on ota.hold (") + item + ")");
  }
  ruled.ota.hold = {"name=Server room"};
  CHECK(ruled.why() == "");
}

TEST_CASE("a name is on hold however Unicode has it spelled, and so is the rule") {
  Ruled ruled;
  const char* const spellings[] = {"K\u00fcche 1", "Ku\u0308che 1"};
  for (const char* name : spellings) {
    ruled.device.wanted_name.text = name;
    for (const char* rule : {spellings[0], spellings[1], "K?che*", "K[\u00fc]che 1", "Ku\u0308*"}) {
      CAPTURE(name);
      CAPTURE(rule);
      ruled.ota.hold = {"name=" + std::string(rule)};
      CHECK(ruled.why() == "on ota.hold (name=" + std::string(rule) + ")");
    }
    ruled.ota.hold = {"name=Kuche 1", "name=Ku*"};
    CHECK(ruled.why() == "");
  }
}

TEST_CASE("a version is blocked in any spelling, a build as it is") {
  Ruled ruled;
  const auto why = [&](const char* item) {
    ruled.ota.block = {"1.0.0", item};
    return ruled.why();
  };
  CHECK(why("1.7.5") == "version 1.7.5 is on ota.block");
  CHECK(why("v1.7.5") == "version 1.7.5 is on ota.block");
  CHECK(why(kOfferedBuild) == "build 20260311-095911/1.7.5-g9a2b3c4 is on ota.block");
  for (const char* item : {"1.7.4", "1.7", "1.7.5-beta1", "1.7.50", "20260311-095911", "-",
                           "20260311-095911/1.7.5-g9a2b3c5"}) {
    CAPTURE(item);
    CHECK(why(item) == "");
  }
  ruled.version = "1.7.5-Beta1";
  CHECK(why("1.7.5-beta1") == "version 1.7.5-Beta1 is on ota.block");
  CHECK(why("1.7.5") == "");
  ruled.version = "i4prod0";
  CHECK(why("i4prod0") == "version i4prod0 is on ota.block");
  CHECK(why("i4prod1") == "");
  ruled.version = "2.0.0";
  CHECK(why("2") == "version 2.0.0 is on ota.block");
  ruled.build.clear();
  CHECK(why(kOfferedBuild) == "");
  ruled.version.clear();
  CHECK(why("-") == "");
}

TEST_CASE("a build is old enough after so many full days") {
  Ruled ruled;
  ruled.ota.min_age = 14;
  CHECK(ruled.why(kToday) == "");
  CHECK(ruled.why(kToday - 1) == "not older than 14 days (13)");
  CHECK(ruled.why(kToday - 11 * kSecondsOfDay) == "not older than 14 days (3)");
  CHECK(ruled.why(kToday - 14 * kSecondsOfDay) == "not older than 14 days (0)");
  CHECK(ruled.why(kToday - 15 * kSecondsOfDay) == "not older than 14 days (0)");
  for (const char* build : {"", "1.7.5-g9a2b3c4", "20261311-095911/1.7.5", "20260311/1.7.5"}) {
    ruled.build = build;
    CHECK(ruled.why(kToday) == "no date in its build id, and ota.min_age is 14");
  }
}

TEST_CASE("the first reason is the one that lasts longest") {
  Ruled ruled;
  ruled.ota.min_age = 15;
  CHECK(ruled.why() == "not older than 15 days (14)");
  ruled.ota.block = {"1.7.5"};
  CHECK(ruled.why() == "version 1.7.5 is on ota.block");
  ruled.ota.hold = {"app=*"};
  CHECK(ruled.why() == "on ota.hold (app=*)");
}

TEST_CASE("outside all windows the next one is told") {
  Config::Ota ota;
  ota.windows = {"Mon-Fri 02:00-05:00", "Sat 22:00-06:00"};
  const UpdateRules rules(ota);  // kToday is a Wednesday
  CHECK(rules.why_closed({kToday, 0}) == "outside ota.windows (next: Thu 02:00)");
  CHECK(rules.why_closed({kToday, -6 * 3600}) == "");
  CHECK(rules.why_closed({kToday + 2 * kSecondsOfDay, 0}) ==
        "outside ota.windows (next: Sat 22:00)");
  CHECK(rules.why_closed({kToday + 3 * kSecondsOfDay + 18 * 3600, 0}) == "");
}

TEST_CASE("thousands of rules cost a device no more than a look at each") {
  const int kRules = rounds(10'000);
  Config config;
  for (int i = 0; i < kRules; ++i) {
    config.ota.hold.push_back("name=" + std::string(i % 2 == 0 ? "*" : "") + "Room " +
                              std::to_string(i));
    config.ota.block.push_back("0.1." + std::to_string(i));
  }
  config.validate();
  const UpdateRules rules(config.ota);
  Ruled ruled;
  for (int i = 0; i < 100; ++i) {
    ruled.device.wanted_name.text = "Room " + std::to_string(kRules - 200 + 2 * i + 1);
    const std::string wanted = "on ota.hold (name=" + ruled.device.wanted_name.text + ")";
    REQUIRE(rules.why_excluded({ruled.device, "", "1.7.5", kOfferedBuild}, kToday) == wanted);
    ruled.device.wanted_name.text = "Attic";
    REQUIRE(rules.why_excluded({ruled.device, "", "1.7.5", kOfferedBuild}, kToday) == "");
  }
}
