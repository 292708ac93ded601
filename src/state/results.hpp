#pragma once

#include <memory>
#include <vector>

#include <stage3/result.hpp>

#include "base/mutex.hpp"
#include "state/record.hpp"

namespace stage3::state {

/// The results that wait to be saved: at most one record for each entry of a file. Every method may
/// be called from any thread.
class Results {
 public:
  explicit Results(std::size_t entries) : records_(entries), is_new_(entries) {}

  /// Puts `result` on top of what is recorded for the entry already. `on_record`: what the device
  /// was handed out with; null: nothing.
  void add(std::size_t entry, const DeviceResult& result, const OnRecord* on_record);

  /// The same for what is to be on record of an update before it is sent.
  void add(std::size_t entry, const UpdateRecord& intent, const OnRecord* on_record);

  /// Takes back what has not come into the file, since something of others stands there.
  void drop(std::size_t entry, bool ota, bool tls);

  /// Entries for which something has been recorded that on_top_of() has not told yet.
  std::vector<std::size_t> news() const;
  bool has_news(std::size_t entry) const;
  /// What is on record of an entry with what is recorded for it on top; from now on it is no news.
  std::shared_ptr<const OnRecord> on_top_of(std::shared_ptr<const OnRecord> before,
                                            std::size_t entry);

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

  mutable Mutex mutex_;
  RecordMaker maker_ STAGE3_GUARDED_BY(mutex_);
  std::vector<RecordPointer> records_ STAGE3_GUARDED_BY(mutex_);
  std::vector<bool> is_new_ STAGE3_GUARDED_BY(mutex_);
  bool has_snapshot_ STAGE3_GUARDED_BY(mutex_) = false;
  /// Since the snapshot, which needs them.
  std::vector<RecordPointer> superseded_ STAGE3_GUARDED_BY(mutex_);
};

}  // namespace stage3::state
