#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <stage3/device.hpp>

namespace stage3::state {

/// What is to be written about one device.
struct Record {
  /// What was seen on the right device. It is recorded as a whole or not at all: an `update` or a
  /// name of another day beside today's `fw` would mislead.
  struct Observation {
    std::int64_t last_seen = 0;
    std::string fw;      ///< empty: not told
    std::string fw_id;   ///< likewise
    std::string app;     ///< likewise
    std::string id;      ///< likewise
    std::string update;  ///< empty: none
    std::optional<std::string> device_name;
  };

  std::int64_t last_run = 0;
  std::optional<OtaStatus> ota_status;
  std::optional<FriendlyStatus> friendly_status;
  std::string error;  ///< empty: none
  std::optional<Observation> observation;
};

/// What `result` brings, on top of what an earlier result of the device brought that is not saved
/// yet (null: nothing). Throws Error(Errc::invalid_argument) for times that have no date.
Record make_record(const DeviceResult& result, const Record* earlier);

}  // namespace stage3::state
