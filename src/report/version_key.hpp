#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <tuple>

namespace stage3::report {

/// Puts any versions into one order for people to read: by their numbers, a release behind its own
/// betas, then by text. Whether an update is due is decided elsewhere, where two versions may well
/// be incomparable; a list wants an order that is total.
struct VersionKey {
  std::array<std::uint64_t, 4> numbers{};
  bool is_release = false;
  std::string_view text;

  friend bool operator<(const VersionKey& a, const VersionKey& b) {
    return std::tie(a.numbers, a.is_release, a.text) < std::tie(b.numbers, b.is_release, b.text);
  }
};

/// Points into `version`.
VersionKey version_key(std::string_view version);

}  // namespace stage3::report
