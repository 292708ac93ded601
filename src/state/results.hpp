#pragma once

#include <vector>

#include <stage3/result.hpp>

#include "base/mutex.hpp"
#include "state/record.hpp"

namespace stage3::state {

/// The results that wait to be saved: at most one record for each entry of a file. Every method may
/// be called from any thread.
class Results {
 public:
  explicit Results(std::size_t entries) : records_(entries) {}

  /// Puts `result` on top of what is recorded for the entry already. `on_record`: what the file
  /// says of it; null: nothing.
  void add(std::size_t entry, const DeviceResult& result, const OnRecord* on_record);

  /// The same for what is to be on record of an update before it is sent.
  void add(std::size_t entry, const UpdateRecord& intent);

  /// The records of one moment, parallel to the entries; null: none. They stay as they are while
  /// this object lives, whatever comes in. One at a time.
  class Snapshot {
   public:
    explicit Snapshot(Results& results);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    std::vector<const Record*> records() const;

   private:
    Results& results_;
  };

 private:
  void put(std::size_t entry, RecordPointer made) STAGE3_REQUIRES(mutex_);

  Mutex mutex_;
  RecordMaker maker_ STAGE3_GUARDED_BY(mutex_);
  std::vector<RecordPointer> records_ STAGE3_GUARDED_BY(mutex_);
  bool has_snapshot_ STAGE3_GUARDED_BY(mutex_) = false;
  /// Since the snapshot, which needs them.
  std::vector<RecordPointer> superseded_ STAGE3_GUARDED_BY(mutex_);
};

}  // namespace stage3::state
