#pragma once

#include <mutex>
#include <vector>

#include <stage3/result.hpp>

#include "state/record.hpp"

namespace stage3::state {

/// The results that wait to be saved: at most one record for each entry of a file. Every method may
/// be called from any thread.
class Results {
 public:
  explicit Results(std::size_t entries) : records_(entries) {}

  /// Puts `result` on top of what is recorded for the entry already.
  void add(std::size_t entry, const DeviceResult& result);

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
  std::mutex mutex_;  // guards all of these
  RecordMaker maker_;
  std::vector<RecordPointer> records_;
  bool has_snapshot_ = false;
  std::vector<RecordPointer> superseded_;  // since the snapshot, which needs them
};

}  // namespace stage3::state
