#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <stage3/device.hpp>

namespace stage3 {

/// What a term of a selection can be about.
struct SelectKey {
  enum class Kind {
    words,  ///< a closed set: a pattern that fits none of them is a mistake
    text,
    mac,
    address
  };

  std::string_view name;
  Kind kind;
  /// What a pattern is held against, any of them; empty where nothing is known. Not of addresses.
  std::vector<std::string> (*texts)(const Device&);
  /// Of Kind::words.
  std::vector<std::string_view> words{};
};

const std::vector<SelectKey>& select_keys();

}  // namespace stage3
