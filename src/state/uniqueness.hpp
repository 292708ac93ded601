#pragma once

#include "state/document.hpp"

namespace stage3::state {

/// Fills document.by_mac. Entries that claim the same MAC, as key or as alias, get a defect: which
/// of them a device belongs to could not be reported.
void index_macs(Contents& contents);

}  // namespace stage3::state
