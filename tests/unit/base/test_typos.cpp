#include "base/typos.hpp"

#include <doctest/doctest.h>

#include <string>

using stage3::nearest_word;

TEST_CASE("the word that was probably meant") {
  CHECK(nearest_word("statsu", {"ota", "status"}) == "status");
  CHECK(nearest_word("status", {"states", "status"}) == "status");
  CHECK(nearest_word("faild", {"ok", "failed"}) == "failed");
  CHECK(nearest_word("xta", {"ota", "sta"}) == "ota");
}

TEST_CASE("what a word begins with counts as one mistake") {
  CHECK(nearest_word("stat", {"ota", "status"}) == "status");
  CHECK(nearest_word("up", {"ok", "up_to_date", "update_available"}) == "up_to_date");
  CHECK(nearest_word("u", {"up_to_date"}).empty());
}

TEST_CASE("nothing is near enough to what is like none") {
  CHECK(nearest_word("", {"ok"}).empty());
  CHECK(nearest_word("colour", {"ok", "status"}).empty());
  CHECK(nearest_word("x", {}).empty());
  CHECK(nearest_word(std::string(1 << 20, 'x'), {"x"}).empty());
}
