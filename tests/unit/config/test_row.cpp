// What a row can be that no key is yet: a list, three levels deep.

#include "config/row.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <doctest/doctest.h>

#include "config/key_names.hpp"

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

/// `[a,b]`
struct Texts {
  using Values = std::vector<std::string>;

  static constexpr Kind kKind = Kind::text;
  static std::string expects() { return "a list of one text at least"; }

  static std::optional<Values> parse(std::string_view text) {
    if (text.size() < 2 || text.front() != '[' || text.back() != ']') return std::nullopt;
    text = text.substr(1, text.size() - 2);
    Values values;
    while (!text.empty()) {
      const std::string_view value = text.substr(0, text.find(','));
      values.emplace_back(value);
      text.remove_prefix(std::min(text.size(), value.size() + 1));
    }
    return values;
  }

  static bool allows(const Values& values) { return !values.empty(); }

  static std::string show(const Values& values) {
    std::string text;
    for (const std::string& value : values)
      text += (text.empty() ? "[" : ",") + value;
    return text + "]";
  }
};

constexpr std::array kFleet{
    row<Boolean, &Fleet::enabled>("enabled", "one level"),
    row<Texts, &Fleet::rollout, &Fleet::Rollout::waves, &Fleet::Rollout::Waves::sizes>(
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
  CHECK(sizes.show(fleet) == "[1]");
  CHECK(sizes.assign(fleet, "[1,10%,100%]"));
  CHECK(fleet.rollout.waves.sizes == std::vector<std::string>{"1", "10%", "100%"});
  CHECK(sizes.show(fleet) == "[1,10%,100%]");
  CHECK_FALSE(sizes.assign(fleet, "[]"));
  CHECK_FALSE(sizes.assign(fleet, "1"));
  CHECK(sizes.is_fit(fleet));
  fleet.rollout.waves.sizes.clear();
  CHECK_FALSE(sizes.is_fit(fleet));
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
