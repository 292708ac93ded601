// Versions: three of them, each `version` and, behind a space, `build`, a line each. How two of
// them stand to each other is the same seen from either side, large letters and small ones are the
// same, and three that are ordered by one rule have an order.

#include <algorithm>
#include <array>
#include <optional>
#include <string>
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

/// What has no number can be compared with another such by their dates, if it has one.
bool has_date(const Spelled& spelled) {
  return FirmwareVersion::compare({"a", spelled.build}, {"b", "20260311-095911"}).has_value();
}

std::string enlarge(std::string_view text) {
  std::string large(text);
  for (char& c : large)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return large;
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
  int dates = 0;
  bool are_different = true;
  for (std::size_t a = 0; a < 3; ++a) {
    by_date += needs_date(versions[a]);
    dates += has_date(spelled[a]);
    require(order[a][a] == 0, "equal to itself");
    require(FirmwareVersion::compare({enlarge(spelled[a].version), ""}, versions[a]) == 0,
            "equal to itself in large letters");
    for (std::size_t b = 0; b < 3; ++b) {
      require(order[a][b].has_value() == order[b][a].has_value(), "compared from both sides");
      if (!order[a][b]) {
        require(needs_date(versions[a]) || needs_date(versions[b]), "numbers can be compared");
        continue;
      }
      require(*order[a][b] == -*order[b][a], "antisymmetric");
      if (a != b && order[a][b] == 0) are_different = false;
      if (spelled[a].version == spelled[b].version)
        require(order[a][b] == 0, "equal versions are equal");
    }
  }
  // By number, class and suffix; by number, class and date; by date alone. One version in two
  // spellings is one whatever the dates.
  const bool by_one_rule = by_date > 1 || (by_date == 0 && (dates == 0 || dates == 3));
  if (!are_different || !by_one_rule) return 0;
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b < 3; ++b)
      for (std::size_t c = 0; c < 3; ++c)
        if (order[a][b] && order[b][c] && order[a][c] && *order[a][b] <= 0 && *order[b][c] <= 0)
          require(*order[a][c] <= 0, "transitive");
  return 0;
}
