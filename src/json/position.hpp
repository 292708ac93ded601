#pragma once

#include <cstddef>
#include <string_view>

namespace stage3::json {

struct Position {
  /// From 1.
  int line = 1;
  /// In bytes, from 1.
  int column = 1;
};

/// Finds lines and columns by walking the text: for errors, not for every token.
class Locator {
 public:
  /// `text` must outlive the locator.
  explicit Locator(std::string_view text) : text_(text) {}

  /// Where byte `offset` stands. Offsets of one locator must not decrease, so that any number of
  /// them costs one walk.
  Position at(std::size_t offset) noexcept;

 private:
  std::string_view text_;
  std::size_t walked_ = 0;
  std::size_t line_begin_ = 0;
  int line_ = 1;
};

/// Where byte `offset` of `text` stands.
Position position_at(std::string_view text, std::size_t offset) noexcept;

}  // namespace stage3::json
