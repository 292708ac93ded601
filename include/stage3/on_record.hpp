#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <stage3/tls.hpp>
#include <stage3/update_record.hpp>

namespace stage3 {

/// The closed set of words in `stage3.ota_status`; other provisioning stages read them.
enum class OtaStatus { up_to_date, update_available, offline, check_failed, error, skipped };

/// The closed set of words in `stage3.friendly_status`.
enum class FriendlyStatus { ok, no_value, error, skipped };

/// The words of the state file and of the command's output.
const char* to_string(OtaStatus) noexcept;
const char* to_string(FriendlyStatus) noexcept;

/// What a state file says of a device: `stage3` of its entry, as earlier runs have left it. What is
/// absent there is empty, none or 0 here, and so is what no run can have written: a value of
/// another type, an unknown word, a text beyond measure, a time more than a day ahead. Such a value
/// stays in the file until a result has another one for its place. Not so `ota`: one that cannot be
/// read has the state `unreadable` and stays for good, and its times are read as they are.
struct OnRecord {
  std::optional<OtaStatus> ota_status;
  std::optional<FriendlyStatus> friendly_status;
  std::int64_t last_run = 0;   ///< seconds since the epoch (UTC): when a run was done with it
  std::int64_t last_seen = 0;  ///< likewise: when the right device last answered
  std::string fw;              ///< the version it ran then
  std::string fw_id;           ///< and its build
  std::string app;             ///< which firmware its updates are of
  std::string update;          ///< the newer one that was offered
  std::string update_build;    ///< and its build id
  std::optional<std::string> device_name;   ///< its name after the run; "": it had none
  std::string error;                        ///< what went wrong, in the words of the result
  std::optional<TlsPin> tls;                ///< where it spoke TLS, and its key: only that will do
  std::shared_ptr<const UpdateRecord> ota;  ///< its last update; null: none
  std::string error_id;            ///< the ids of its errors (error_info.hpp), joined by a blank
  std::int64_t failing_since = 0;  ///< like last_run: when it first failed or was offline, without
                                   ///< having done well since
};

}  // namespace stage3
