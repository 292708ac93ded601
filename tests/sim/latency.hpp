#pragma once

namespace sim {

class Node;

/// How long something takes: a time between two.
struct Latency {
  double min = 0;  ///< seconds
  double max = 0;

  /// The time at `part` (0 to 1) of the way from `min` to `max`.
  double at(double part) const { return max <= min ? min : min + part * (max - min); }
};

/// Reads milliseconds or [min, max]. Throws InputError.
Latency read_latency(const Node& node);

}  // namespace sim
