// What a row can be that no key is yet: three levels deep.

#include "config/row.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "config/key_names.hpp"
#include "config/list_types.hpp"

using namespace stage3::config;

namespace {

struct Fleet {
  struct Rollout {
    struct Waves {
      std::vector<std::string> sizes{"1"};
      unsigned pause = 5;
    } waves;
  } rollout;
  bool enabled = true;
};

struct Size {
  static constexpr std::string_view kOf = "sizes";
  static void check(const std::string& item) {
    if (item == "0") throw Refusal{"0 is no size"};
  }
};

constexpr std::array kFleet{
    row<Boolean, &Fleet::enabled>("enabled", "one level"),
    row<List<Size, 3>, &Fleet::rollout, &Fleet::Rollout::waves, &Fleet::Rollout::Waves::sizes>(
        "rollout.waves.sizes", "three levels"),
    row<Whole<1, 60>, &Fleet::rollout, &Fleet::Rollout::waves, &Fleet::Rollout::Waves::pause>(
        "rollout.waves.pause", "three levels"),
};

}  // namespace

TEST_CASE("a row says all about its member, at any depth") {
  static_assert(kFleet[2].name == "rollout.waves.pause" && kFleet[2].help == "three levels");
  const auto& pause = kFleet[2];
  Fleet fleet;
  CHECK(pause.kind == Kind::number);
  CHECK(pause.expects() == "a whole number from 1 to 60");
  CHECK(pause.show(fleet) == "5");
  CHECK(pause.assign(fleet, "60"));
  CHECK(fleet.rollout.waves.pause == 60);
  for (const char* unfit : {"0", "61", "x"}) {
    CHECK_FALSE(pause.assign(fleet, unfit));
    CHECK(fleet.rollout.waves.pause == 60);
  }
  CHECK(pause.is_fit(fleet));
  fleet.rollout.waves.pause = 61;
  CHECK_FALSE(pause.is_fit(fleet));
}

TEST_CASE("the value of a row may be a list") {
  const auto& sizes = kFleet[1];
  Fleet fleet;
  CHECK(sizes.kind == Kind::list);
  CHECK(sizes.expects() == "a list of sizes, 3 at most");
  CHECK(sizes.show(fleet) == "[\"1\"]");
  CHECK_FALSE(sizes.assign_items(fleet, {"1", "10%", "100%"}));
  CHECK(fleet.rollout.waves.sizes == std::vector<std::string>{"1", "10%", "100%"});
  CHECK(sizes.show(fleet) == R"(["1", "10%", "100%"])");
  CHECK(sizes.assign_items(fleet, {"1", "0", "0"})->item == 1);
  CHECK(sizes.assign_items(fleet, {"1", "2", "3", "4"})->item == 3);
  CHECK(fleet.rollout.waves.sizes.size() == 3);
  CHECK_FALSE(sizes.find_unfit(fleet));
  fleet.rollout.waves.sizes.back() = "0";
  CHECK(sizes.find_unfit(fleet)->message == "0 is no size");
  CHECK_FALSE(sizes.assign_items(fleet, {}));
}

TEST_CASE("names of three levels are sections of sections") {
  const KeyNames names{"enabled", "rollout.waves.sizes", "rollout.waves.pause", "rollout.halt"};
  for (const char* section : {"rollout", "rollout.waves"})
    CHECK(is_section(section, names));
  for (const char* none : {"", "enabled", "roll", "waves", "rollout.", "rollout.wave",
                           "rollout.halt", "rollout.waves.sizes"}) {
    CAPTURE(none);
    CHECK_FALSE(is_section(none, names));
  }
  const auto refused = [&](std::string_view name) { return unknown_key(name, names).message; };
  CHECK(refused("rollout.wavs") == "unknown key 'rollout.wavs', did you mean 'rollout.waves'?");
  CHECK(refused("rollout.waves.paus") ==
        "unknown key 'rollout.waves.paus', did you mean 'rollout.waves.pause'?");
  CHECK(refused("rollout.waves.5") ==
        "unknown key 'rollout.waves.5'; there is rollout.waves.sizes, rollout.waves.pause");
  CHECK(refused("rollout.12345678") ==
        "unknown key 'rollout.12345678'; there is rollout.waves, rollout.halt");
}
