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

TEST_CASE("so does a word of which the middle is left out") {
  const auto of_ota = [](std::string_view word) {
    return nearest_word(word, {"up_to_date", "update_available", "offline"});
  };
  CHECK(of_ota("updateable") == "update_available");
  CHECK(of_ota("update_able") == "update_available");
  // Too little of it, or of its end, or another end.
  for (const char* word : {"uable", "updatexy", "updatebl"})
    CHECK(of_ota(word) != "update_available");
  CHECK(nearest_word("offline", {"offline", "off_the_line"}) == "offline");
}

TEST_CASE("nothing is near enough to what is like none") {
  CHECK(nearest_word("", {"ok"}).empty());
  CHECK(nearest_word("colour", {"ok", "status"}).empty());
  CHECK(nearest_word("x", {}).empty());
  CHECK(nearest_word(std::string(1 << 20, 'x'), {"x"}).empty());
}
