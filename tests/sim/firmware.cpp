#include "firmware.hpp"

#include <cstdint>
#include <cstdio>
#include <tuple>

#include "chance.hpp"

namespace sim {

bool operator<(const Version& a, const Version& b) {
  return std::tie(a.major, a.minor, a.patch) < std::tie(b.major, b.minor, b.patch);
}

Version parse_version(const std::string& text) {
  Version version;
  std::sscanf(text.c_str(), "%6d.%6d.%6d", &version.major, &version.minor, &version.patch);
  return version;
}

Firmware make_firmware(const std::string& version, const std::string& build_id) {
  Firmware firmware{version, build_id, parse_version(version)};
  if (build_id.empty()) {
    // A later version gets a later date, as in the vendor's builds.
    const Version& number = firmware.number;
    const int months = 33 * number.major + (number.major == 0 ? 2 : 4) * number.minor;
    const int year = 2021 + months / 12;
    const int month = 1 + months % 12;
    const int day = 1 + number.patch % 28;
    char text[64];
    std::snprintf(text, sizeof text, "%04d%02d%02d-101112/", year, month, day);
    char hash[16];
    std::snprintf(hash, sizeof hash, "-g%07x", static_cast<unsigned>(hash_text(version) >> 36));
    firmware.build_id = text + version + hash;
  }
  return firmware;
}

}  // namespace sim
