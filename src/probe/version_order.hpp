#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stage3::probe {

/// A firmware version with what is known about its build, ready to be compared.
class FirmwareVersion {
 public:
  /// `version` is `ver` or an offer's `version` ("1.7.5", "2.0.0-beta1", "i4prod0", or empty);
  /// `build` is `fw_id` or `build_id`, whose leading digits "20260311-095911" are the build's date;
  /// it may be empty or lack one. A date that no calendar of this century has is none.
  FirmwareVersion(std::string_view version, std::string_view build);

  /// < 0: a is older than b; 0: they are the same, as spellings of one version always are; none:
  /// they cannot be compared. "1.7.5-Beta1", "1.7.5+beta1" and "v1.7.5.beta1" are spellings of one.
  ///
  /// Numbers of x.y.z first; then what comes before a release (alpha, beta, b1, rc, dev, pre, test,
  /// nightly, ... , wherever in the suffix a word begins so) before any other; then the
  /// dates, where both have one; then the suffix in natural order. Where a version has no number,
  /// or is a factory build (x.y.99-...prod..., which is older than its number says), the dates
  /// alone decide, and both sides must have one.
  static std::optional<int> compare(const FirmwareVersion& a, const FirmwareVersion& b);

  /// Whether it has a number, or is a factory build without one ("i4prod0").
  bool says_something() const;

  /// Whether this offer is newer than what is installed; none: they cannot be compared, or the
  /// offer says nothing, whatever its date.
  std::optional<bool> is_newer_than(const FirmwareVersion& installed) const;

 private:
  bool is_known_by_its_date() const;

  /// "1.7.5"; empty: none.
  std::string numbers_;
  /// What follows, in small letters and without the separator.
  std::string suffix_;
  /// "20260311-095911" or empty.
  std::string date_;
};

/// In words, why an offer is neither newer than what is installed nor not.
std::string why_not_compared(const std::string& installed, const std::string& offered);

}  // namespace stage3::probe
