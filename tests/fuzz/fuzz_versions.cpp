// Versions: three of them, each `version` and, behind a space, `build`, a line each. Their order is
// a total one, and an offer is newer only if the order says so.

#include <algorithm>
#include <array>

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

int compare(const FirmwareVersion& a, const FirmwareVersion& b, const Spelled& spelled_b) {
  // The mutant takes one spelling of a release for an older one, seen from one side.
  if (kMutant && spelled_b.version == "1.7.0") return 1;
  return FirmwareVersion::compare(a, b);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = as_text(data, size);
  std::array<Spelled, 3> spelled;
  std::array<std::optional<FirmwareVersion>, 3> versions;
  for (std::size_t i = 0; i < 3; ++i) {
    spelled[i] = spell(next_line(rest));
    versions[i] = FirmwareVersion::parse(spelled[i].version, spelled[i].build);
    const bool begins_with_digit =
        !spelled[i].version.empty() && spelled[i].version[0] >= '0' && spelled[i].version[0] <= '9';
    require(versions[i].has_value() == begins_with_digit, "a version begins with a number");
    if (!versions[i]) return 0;
  }

  std::array<std::array<int, 3>, 3> order{};
  for (std::size_t a = 0; a < 3; ++a)
    for (std::size_t b = 0; b < 3; ++b)
      order[a][b] = compare(*versions[a], *versions[b], spelled[b]);

  for (std::size_t a = 0; a < 3; ++a) {
    require(order[a][a] == 0, "equal to itself");
    for (std::size_t b = 0; b < 3; ++b) {
      require(order[a][b] == -order[b][a], "antisymmetric");
      const bool newer = versions[a]->is_newer_than(*versions[b]);
      require(!newer || !versions[b]->is_newer_than(*versions[a]), "not newer than each other");
      if (spelled[a].version == spelled[b].version) require(!newer, "equal versions are not newer");
      for (std::size_t c = 0; c < 3; ++c)
        if (order[a][b] <= 0 && order[b][c] <= 0) require(order[a][c] <= 0, "transitive");
    }
  }
  return 0;
}
