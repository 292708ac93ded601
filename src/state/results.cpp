#include "state/results.hpp"

#include <utility>

namespace stage3::state {

void Results::add(std::size_t entry, const DeviceResult& result, const OnRecord* on_record) {
  const MutexLock lock(mutex_);
  put(entry, maker_.make(result, records_[entry].get(), on_record));
}

void Results::add(std::size_t entry, const UpdateRecord& intent) {
  const MutexLock lock(mutex_);
  put(entry, maker_.make(intent, records_[entry].get()));
}

void Results::put(std::size_t entry, RecordPointer made) {
  RecordPointer& record = records_[entry];
  if (has_snapshot_) superseded_.push_back(std::move(record));
  record = std::move(made);
}

Results::Snapshot::Snapshot(Results& results) : results_(results) {
  const MutexLock lock(results_.mutex_);
  results_.has_snapshot_ = true;
}

Results::Snapshot::~Snapshot() {
  const MutexLock lock(results_.mutex_);
  results_.has_snapshot_ = false;
  results_.superseded_.clear();
}

std::vector<const Record*> Results::Snapshot::records() const {
  const MutexLock lock(results_.mutex_);
  std::vector<const Record*> records;
  records.reserve(results_.records_.size());
  for (const auto& record : results_.records_)
    records.push_back(record.get());
  return records;
}

}  // namespace stage3::state
