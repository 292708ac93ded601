#pragma once

#include <string>

namespace serving {

/// What a Shelly says, for devices that mean well most of the time.

/// The id that goes with a MAC, and is the realm of the login.
std::string id_of(const std::string& mac);

/// The `result` of Shelly.GetDeviceInfo. `name`: with its quotes, or `null`; empty: not told.
std::string device_info(const std::string& mac, const std::string& name, bool auth_en,
                        const std::string& version = "1.3.3");

/// That of Shelly.CheckForUpdate: there is something newer.
constexpr const char* kOffers =
    R"({"stable":{"version":"9.9.9","build_id":"20360101-000000/9.9.9-g0000000"}})";

}  // namespace serving
