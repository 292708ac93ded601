#pragma once

#include <set>
#include <stage3/device.hpp>
#include <string>
#include <vector>

namespace cli {

/// Which entries that cannot be used an earlier run has told, as they are now. Nothing is ever
/// written into such an entry: what is known comes from the state file as it was before the last
/// run that changed it. Where each usable entry of both has a result that is newer, that run was
/// over the fleet, and what it could not use then it has told.
class KnownDefects {
 public:
  /// Nothing is known.
  KnownDefects() = default;
  /// `now`: the fleet as a run finds it; `before`: as it was before the last one.
  KnownDefects(const std::vector<stage3::Device>& now, const std::vector<stage3::Device>& before);

  /// Not so an entry that can be used.
  bool has(const stage3::Device& device) const;

 private:
  std::set<std::string> told_;
};

}  // namespace cli
