#pragma once

#include <string_view>

#include <stage3/address.hpp>

#include "base/glob.hpp"

namespace stage3::config {

/// An item of `ota.hold`: which devices get no update.
struct HoldRule {
  enum class Kind { mac, app, name };

  /// A MAC, `app=GLOB` or `name=GLOB`. Throws Refusal.
  static HoldRule parse(std::string_view item);

  Kind kind;
  /// Of Kind::mac.
  Mac mac{};
  /// Of the others.
  Glob glob{};
};

}  // namespace stage3::config
