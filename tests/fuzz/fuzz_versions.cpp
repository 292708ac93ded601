// Versions: three of them, each `version` and, behind a space, `build`, a line each. How two of
// them stand to each other is the same seen from either side, and three that are ordered by one
// rule have an order.

#include <algorithm>
#include <array>
#include <vector>

#include "probe/version_order.hpp"
#include "target.hpp"

using stage3::probe::FirmwareVersion;
using namespace stage3::fuzz;

namespace {

struct Spelled {
  std::string_view version;
  std::string_view build;
};

Spelled spell(std::string_view line) {
  const std::size_t space = std::min(line.find(' '), line.size());
  return {line.substr(0, space), line.substr(std::min(space + 1, line.size()))};
}

std::optional<int> compare(const FirmwareVersion& a, const FirmwareVersion& b,
                           const Spelled& spelled_b) {
  // The mutant takes one spelling of a release for an older one, seen from one side.
  if (kMutant && spelled_b.version == "1.7.0") return 1;
  return FirmwareVersion::compare(a, b);
}

/// What is told by its date alone cannot be compared with a version that has none.
bool needs_date(const FirmwareVersion& version) {
  return !FirmwareVersion::compare(version, {"1.0.0", ""});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = as_text(data, size);
  std::array<Spelled, 3> spelled;
  std::vector<FirmwareVersion> versions;
  for (Spelled& one : spelled) {
    one = spell(next_line(rest));
    versions.emplace_back(one.version, one.build);
  }

  std::array<std::array<std::optional<int>, 3>, 3> order{};
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b < 3; ++b)
      order[a][b] = compare(versions[a], versions[b], spelled[b]);

  int by_date = 0;
  for (std::size_t a = 0; a < 3; ++a) {
    by_date += needs_date(versions[a]);
    require(order[a][a] == 0, "equal to itself");
    for (std::size_t b = 0; b < 3; ++b) {
      require(order[a][b].has_value() == order[b][a].has_value(), "compared from both sides");
      if (!order[a][b]) {
        require(needs_date(versions[a]) || needs_date(versions[b]), "numbers can be compared");
        continue;
      }
      require(*order[a][b] == -*order[b][a], "antisymmetric");
      if (spelled[a].version == spelled[b].version)
        require(order[a][b] == 0, "equal versions are equal");
    }
  }
  // Ordered by their dates alone; what is spelled alike is equal all the same.
  const bool are_different = spelled[0].version != spelled[1].version &&
                             spelled[1].version != spelled[2].version &&
                             spelled[0].version != spelled[2].version;
  const bool by_one_rule = by_date > 1 || (by_date == 0 && spelled[0].build.empty() &&
                                           spelled[1].build.empty() && spelled[2].build.empty());
  if (!are_different || !by_one_rule) return 0;
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b < 3; ++b)
      for (std::size_t c = 0; c < 3; ++c)
        if (order[a][b] && order[b][c] && order[a][c] && *order[a][b] <= 0 && *order[b][c] <= 0)
          require(*order[a][c] <= 0, "transitive");
  return 0;
}
