#include "state/record.hpp"

namespace stage3::state {

Record make_record(const DeviceResult& result, const Record* earlier) {
  Record record;
  if (earlier != nullptr) record = *earlier;
  for (const std::int64_t time : {result.finished_at, result.last_seen})
    to_utc(time);  // throws for a time that cannot be written
  record.last_run = result.finished_at;
  if (result.ota_status) record.ota_status = result.ota_status;
  if (result.friendly_status) record.friendly_status = result.friendly_status;
  record.error = result.error_text();
  if (result.last_seen != 0) {
    record.observation =
        Record::Observation{result.last_seen, result.fw,     result.fw_id,      result.app,
                            result.id,        result.update, result.device_name};
  }
  return record;
}

}  // namespace stage3::state
