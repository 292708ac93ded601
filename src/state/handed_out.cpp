#include "state/handed_out.hpp"

#include <utility>

namespace stage3::state {

HandedOut::List HandedOut::list() {
  const MutexLock lock(mutex_);
  if (changed_.empty()) return list_;
  std::vector<Device> next(*list_);
  for (const auto& [index, device] : changed_)
    next[index] = device;
  list_ = std::make_shared<const std::vector<Device>>(std::move(next));
  changed_.clear();
  return list_;
}

HandedOut::List HandedOut::fixed() const {
  const MutexLock lock(mutex_);
  return list_;
}

Device HandedOut::at(std::size_t index) const {
  const MutexLock lock(mutex_);
  const auto changed = changed_.find(index);
  return changed != changed_.end() ? changed->second : list_->at(index);
}

std::shared_ptr<const OnRecord> HandedOut::on_record(std::size_t index) const {
  const MutexLock lock(mutex_);
  const auto changed = changed_.find(index);
  return changed != changed_.end() ? changed->second.on_record : list_->at(index).on_record;
}

void HandedOut::put(std::size_t index, std::shared_ptr<const OnRecord> on_record,
                    std::string defect) {
  const MutexLock lock(mutex_);
  Device& device = changed_.try_emplace(index, list_->at(index)).first->second;
  device.on_record = std::move(on_record);
  device.defect = std::move(defect);
}

}  // namespace stage3::state
