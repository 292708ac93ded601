#pragma once

#include <vector>

#include <stage3/report.hpp>

namespace stage3::report {

/// What has become of the devices of one file in another one, by kind, then in the order of the
/// file. Devices are known by their key. Points into both.
std::vector<Overview::Change> changes_between(const std::vector<Device>& earlier,
                                              const std::vector<Device>& now);

}  // namespace stage3::report
