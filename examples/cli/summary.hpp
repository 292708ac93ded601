#pragma once

#include <cstddef>
#include <stage3/config.hpp>
#include <stage3/runner.hpp>
#include <string>

namespace cli {

/// What a run has changed, or a dry run would change, besides what stage3::Summary counts.
struct Changes {
  std::size_t names = 0;  ///< written
  std::size_t would_update = 0;
  std::size_t would_rename = 0;

  void add(const stage3::DeviceResult& result, const stage3::Config& config, bool dry_run);
};

/// Devices with a result: of those that were not processed nothing is known.
std::size_t total(const stage3::Summary& summary);

/// `Stage 3 summary: total=X ok=Y failed=Z` and what else is not 0.
std::string summary_line(const stage3::Summary& summary, const Changes& changes);

/// The last line of `--json`.
std::string summary_json(const stage3::Summary& summary, const Changes& changes, bool dry_run);

}  // namespace cli
