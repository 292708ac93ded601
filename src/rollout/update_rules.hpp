#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stage3/config.hpp>
#include <stage3/device.hpp>

#include "base/glob.hpp"
#include "probe/version_order.hpp"
#include "rollout/windows.hpp"

namespace stage3::rollout {

/// A device that could be updated, and to what.
struct UpdateCandidate {
  /// Goes by its MACs and its wanted name, as spelled or as shown.
  const Device& device;
  std::string_view app;
  /// Offered.
  std::string_view version;
  /// Its build id; empty: the offer had none.
  std::string_view build;
};

/// What the operator has ruled out: `ota.hold`, `ota.block`, `ota.min_age` and `ota.windows`, read
/// once. A reason is what stands behind "held: "; empty: there is none.
class UpdateRules {
 public:
  /// Of a valid configuration.
  explicit UpdateRules(const Config::Ota& ota);

  /// Why the device gets no update, or not this one. Only time changes it, which goes on.
  std::string why_excluded(const UpdateCandidate& candidate, std::int64_t now_utc) const;

  /// Why no update is sent at this time.
  std::string why_closed(LocalTime now) const;

 private:
  std::string why_on_hold(const UpdateCandidate& candidate) const;
  bool is_blocked(const UpdateCandidate& candidate) const;
  std::string why_too_young(std::string_view build, std::int64_t now_utc) const;

  /// With the items as the operator has them.
  using Rules = std::vector<std::pair<Glob, std::string>>;

  std::map<Mac, std::string> macs_;
  /// Of names that are no patterns: there may be thousands.
  std::map<std::string, std::string, std::less<>> names_;
  Rules name_patterns_;
  Rules apps_;
  std::set<std::string, std::less<>> blocked_;
  std::vector<probe::FirmwareVersion> blocked_versions_;
  std::int64_t min_age_;
  Windows windows_;
};

}  // namespace stage3::rollout
