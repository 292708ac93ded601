#include "config/suggestion.hpp"

#include <doctest/doctest.h>
#include <stage3/config.hpp>

#include <string>

using stage3::config::nearest;

namespace {

const std::vector<std::string_view> kWords{"ota", "ota.mode", "ota.rate", "timeouts", "enabled"};

}  // namespace

TEST_CASE("one typing mistake of each kind") {
  CHECK(nearest("ota.mod", kWords) == "ota.mode");
  CHECK(nearest("ota.modee", kWords) == "ota.mode");
  CHECK(nearest("ota.mdoe", kWords) == "ota.mode");
  CHECK(nearest("ota.node", kWords) == "ota.mode");
  CHECK(nearest("timeout", kWords) == "timeouts");
  CHECK(nearest("enable", kWords) == "enabled");
}

TEST_CASE("a program counts the typos of its own words") {
  CHECK(stage3::count_typos("--dry-run", "--dry-run") == 0);
  CHECK(stage3::count_typos("--dyr-run", "--dry-run") == 1);
  CHECK(stage3::count_typos("", "abc") == 3);
}

TEST_CASE("a swap counts as one mistake") {
  CHECK(nearest("ba", {"xa", "ab"}) == "xa");
  CHECK(nearest("abdc", {"abxy", "abcd"}) == "abcd");
  CHECK(nearest("ca", {"abc", "acx"}) == "acx");
}

TEST_CASE("the right word in the wrong place counts as two mistakes") {
  CHECK(nearest("mode", kWords) == "ota.mode");
  CHECK(nearest("friendly.rate", kWords) == "ota.rate");
  CHECK(nearest("timeout", {"ota.timeout", "timeouts"}) == "timeouts");
}

TEST_CASE("the earliest of equals, and nothing for a word that is like none") {
  CHECK(nearest("xx", {"ab", "cd"}) == "ab");
  CHECK(nearest("", kWords).empty());
  CHECK(nearest("ota.mode", kWords) == "ota.mode");
  CHECK(nearest(std::string(1 << 20, 'x'), kWords).empty());
}
