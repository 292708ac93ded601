#include "json/position.hpp"

#include <doctest/doctest.h>

using stage3::json::Position;
using stage3::json::position_at;

namespace {

void check(std::string_view text, std::size_t offset, int line, int column) {
  CAPTURE(text);
  CAPTURE(offset);
  const Position position = position_at(text, offset);
  CHECK(position.line == line);
  CHECK(position.column == column);
}

}  // namespace

TEST_CASE("lines and columns count from 1, columns in bytes") {
  check("", 0, 1, 1);
  check("abc", 0, 1, 1);
  check("abc", 2, 1, 3);
  check("abc", 3, 1, 4);
  check("a\nbc", 1, 1, 2);
  check("a\nbc", 2, 2, 1);
  check("a\nbc", 4, 2, 3);
  check("\n\n", 2, 3, 1);
  check("ä\nä!", 5, 2, 3);
}

TEST_CASE("a locator finds many places in one walk") {
  stage3::json::Locator locator("ab\ncd\n\nef");
  const auto check_next = [&](std::size_t offset, int line, int column) {
    const Position position = locator.at(offset);
    CHECK(position.line == line);
    CHECK(position.column == column);
  };
  check_next(1, 1, 2);
  check_next(1, 1, 2);
  check_next(4, 2, 2);
  check_next(8, 4, 2);
  check_next(99, 4, 3);
}
