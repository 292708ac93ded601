#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stage3::probe {

/// A firmware version with what is known about its build, ready to be compared.
class FirmwareVersion {
 public:
  /// `version` is `ver` or an offer's `version` ("1.7.5", "1.7.99-powerstripg4prod1",
  /// "2.0.0-beta1"); `build` is `fw_id` or `build_id`, whose leading digits "20260311-095911" are
  /// the build's date; it may be empty or lack one. None if `version` does not begin with a number.
  static std::optional<FirmwareVersion> parse(std::string_view version, std::string_view build);

  /// A total order. < 0: a is older. Numbers of x.y.z first; then alpha, beta, rc and dev builds
  /// before any other; then the date of the build (none before any); then the suffix in natural
  /// order; then the spelling.
  static int compare(const FirmwareVersion& a, const FirmwareVersion& b);

  /// Whether this offer is newer than what is installed. Equal version strings are not, whatever
  /// their dates; a date counts only if both have one.
  bool is_newer_than(const FirmwareVersion& installed) const;

 private:
  /// compare() without the spelling: 1.7 and 1.7.0 mean the same.
  static int compare_meaning(const FirmwareVersion& a, const FirmwareVersion& b);

  std::string text_;
  std::string numbers_;  ///< "1.7.5"
  std::string suffix_;   ///< what follows, without the separator
  std::string date_;     ///< "20260311-095911" or empty
};

}  // namespace stage3::probe
