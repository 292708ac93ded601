#include "latency.hpp"

#include "json_node.hpp"

namespace sim {

Latency read_latency(const Node& node) {
  constexpr double kMaxMilliseconds = 1e10;
  if (!node.is_array()) {
    const double seconds = node.number(0, kMaxMilliseconds) / 1000;
    return {seconds, seconds};
  }
  const auto items = node.items();
  if (items.size() != 2) node.fail("must be milliseconds or [min, max]");
  const double min = items[0].number(0, kMaxMilliseconds);
  return {min / 1000, items[1].number(min, kMaxMilliseconds) / 1000};
}

}  // namespace sim
