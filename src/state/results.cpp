#include "state/results.hpp"

#include <utility>

#include "state/applied.hpp"

namespace stage3::state {

void Results::add(std::size_t entry, const DeviceResult& result, const OnRecord* on_record) {
  const MutexLock lock(mutex_);
  put(entry, maker_.make(result, records_[entry].get(), on_record));
}

void Results::add(std::size_t entry, const UpdateRecord& intent, const OnRecord* on_record) {
  const MutexLock lock(mutex_);
  put(entry, maker_.make(intent, records_[entry].get(), on_record));
}

void Results::drop(std::size_t entry, bool ota, bool tls) {
  const MutexLock lock(mutex_);
  if (records_[entry] == nullptr) return;
  Record::Content content = records_[entry]->content();
  if (ota) content.ota.reset();
  if (tls) content.tls.reset();
  put(entry, maker_.make(content));
}

std::vector<std::size_t> Results::news() const {
  const MutexLock lock(mutex_);
  std::vector<std::size_t> entries;
  for (std::size_t i = 0; i < is_new_.size(); ++i) {
    if (is_new_[i]) entries.push_back(i);
  }
  return entries;
}

bool Results::has_news(std::size_t entry) const {
  const MutexLock lock(mutex_);
  return is_new_[entry];
}

std::shared_ptr<const OnRecord> Results::on_top_of(std::shared_ptr<const OnRecord> before,
                                                   std::size_t entry) {
  const MutexLock lock(mutex_);
  std::shared_ptr<const OnRecord> on_record = std::move(before);
  if (records_[entry] != nullptr) {
    on_record = std::make_shared<const OnRecord>(
        applied(on_record ? *on_record : OnRecord(), records_[entry]->content()));
  }
  is_new_[entry] = false;
  return on_record;
}

void Results::put(std::size_t entry, RecordPointer made) {
  is_new_[entry] = true;
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
