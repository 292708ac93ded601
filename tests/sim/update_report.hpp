#pragma once

#include "summary_writer.hpp"

namespace sim {

class Fleet;

/// Writes the summary's `updates`: by MAC what became of every Shelly.Update that the device got,
/// and of those that it made by itself. `started_at` is CLOCK_MONOTONIC in seconds when the
/// simulator's clock began.
void put_updates(SummaryWriter& writer, const Fleet& fleet, double started_at);

}  // namespace sim
