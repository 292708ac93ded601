#pragma once

#include <string>

namespace sim {

/// The leading x.y.z of a version; a suffix such as "-beta1" does not count.
struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
};

bool operator<(const Version& a, const Version& b);
Version parse_version(const std::string& text);

/// What is installed, or offered: `ver` and `fw_id` of GetDeviceInfo, `version` and `build_id` of
/// CheckForUpdate.
struct Firmware {
  std::string version;
  std::string build_id;
  Version number;
};

/// A firmware with this version and, where `build_id` is empty, a made-up build id.
Firmware make_firmware(const std::string& version, const std::string& build_id);

/// The build ids tell the same date, as in 20260311-095901/1.7.5-g9979d16, or the same git hash:
/// the vendor and the device need not write the id of one build alike.
bool is_same_build(const Firmware& a, const Firmware& b);

}  // namespace sim
