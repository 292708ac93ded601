#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <stage3/result.hpp>

namespace stage3 {

namespace disk {
class FileSystem;
}

/// Something wrong with a state file or with one of its entries.
struct StateProblem {
  int line = 0;    ///< from 1
  int column = 0;  ///< in bytes, from 1
  std::string message;
  bool fatal = false;  ///< the whole file cannot be used; otherwise only the entry
};

/// What a save did.
struct SaveReport {
  bool written = false;  ///< false: nothing had changed, the file was left alone
  std::vector<std::string>
      vanished;  ///< keys of recorded devices whose entry is no longer in the file
  /// Keys of recorded devices whose entry is there, but could be meant in more than one way by now:
  /// another entry has its MAC, too, or it has a member twice. Nothing was written into it, and the
  /// result stays recorded. Likewise of those with something to say of their update whose record of
  /// it (`stage3.ota`) cannot be read, or is one that this store has neither read nor written; and
  /// of those with a key that was learnt or taken, or an update that is to be sent, where the file
  /// has another key (`stage3.tls`) by now than the device was asked with. That was left as it is,
  /// what else there was is written.
  std::vector<std::string> ambiguous;
  std::vector<std::string>
      notices;  ///< what an operator should know (a rescued left-over, attributes not kept, ...)
};

/// The devices of a store as they are at one moment. Cheap to copy, and stays what it is, whatever
/// is recorded or saved afterwards: copies, and what they refer to, outlive the store.
class DeviceList {
 public:
  using const_iterator = std::vector<Device>::const_iterator;

  explicit DeviceList(std::shared_ptr<const std::vector<Device>> devices) noexcept
      : devices_(std::move(devices)) {}

  /// For functions that take devices. Lives as long as a copy of the list.
  const std::vector<Device>& vector() const noexcept { return *devices_; }
  operator const std::vector<Device>&() const noexcept { return *devices_; }

  std::size_t size() const noexcept { return devices_->size(); }
  bool empty() const noexcept { return devices_->empty(); }
  const_iterator begin() const noexcept { return devices_->begin(); }
  const_iterator end() const noexcept { return devices_->end(); }
  const Device& operator[](std::size_t index) const { return (*devices_)[index]; }
  const Device& at(std::size_t index) const { return devices_->at(index); }
  const Device& front() const { return devices_->front(); }

 private:
  std::shared_ptr<const std::vector<Device>> devices_;
};

/// The fleet's memory, `ip_state.json`. Reads devices from it and writes results back into its
/// bytes: nothing else in the file changes. Every method may be called from any thread; save() from
/// one at a time.
class StateStore {
 public:
  /// Reads and checks the file (at most 256 MiB; one that somebody is in the middle of writing,
  /// or has moved away a moment ago, is waited for, up to 3 s). `name_field` is the member of an
  /// entry that holds the wanted name. Entries that cannot be used come back as devices with a
  /// `defect`. Throws Error(Errc::state_read) with line and column if the file as a whole cannot be
  /// used, and what Config::validate() throws for a `name_field` that means something else.
  static StateStore load(const std::string& path, const std::string& name_field = "friendly_name");
  /// For this library's own tests: the file is on another disk, which outlives the store.
  static StateStore load(const std::string& path, const std::string& name_field,
                         disk::FileSystem& file_system);

  /// The same for bytes in memory, by the same rules and with the same errors; `name` stands for
  /// the path in them. Such a store has no file: what it makes of results is merged(). What
  /// concerns a file (save(), check_writable(), check_still_writable(), RunLock) throws
  /// Error(Errc::invalid_argument).
  static StateStore parse(std::string bytes, const std::string& name_field = "friendly_name",
                          const std::string& name = "state");

  /// Everything wrong with the file, in file order; empty: nothing. Never throws for what the file
  /// holds; throws Error(Errc::state_read) where it cannot be read at all, and for `name_field` as
  /// load() does.
  static std::vector<StateProblem> check(const std::string& path,
                                         const std::string& name_field = "friendly_name");

  /// The state file `path` and the name of every file that may stand beside it: backup, locks,
  /// what was rescued, temporary files, and the one of other stages (`.tmp`). Where `path` is a
  /// symbolic link they stand beside the file itself: those names are among them, too. Nothing else
  /// may be kept at any of these names. Looks at no file but at what `path` is.
  static std::vector<std::string> files_of(const std::string& path);

  /// The name of the backup, which stands beside the file itself where `path` is a symbolic link;
  /// it need not be there.
  static std::string backup_of(const std::string& path);

  StateStore(StateStore&&) noexcept;
  StateStore& operator=(StateStore&&) noexcept;
  ~StateStore();

  /// The path as given to load(), made absolute there; empty after parse(). The file's directory
  /// has been opened then: a chdir() or another name of the directory makes no difference.
  const std::string& path() const noexcept;

  /// One device for each entry, in file order, with what is on record of it by now: what the file
  /// said when it was read, here or by the last save, and what has been recorded since. So whoever
  /// keeps a store asks again for each round: what he is told counts as known to him, and what
  /// others have sent a device, or know of its key, may give way to his results then. All else of a
  /// device is as it was loaded, but for a `defect` that a save has found: somebody has made the
  /// entry unusable. Where a save has been made since, it may wait for another one.
  DeviceList devices() const;
  /// One of them, without a list of all; `index` is less than size().
  Device device(std::size_t index) const;
  std::size_t size() const noexcept;

  /// Tries what save() will do, with files of its own beside the state file, which it removes: room
  /// for a result of every entry, owner, mode and attributes, flushing, exchanging names, the limit
  /// on file sizes. Throws Error(Errc::state_write), telling what to do, if save() could not
  /// succeed, be it for the file itself (mounted by itself, immutable, append-only). To be called
  /// before a run does anything to a device. Waits for another save, up to 10 s.
  void check_writable() const;

  /// A cheap look, to be taken now and then while a run changes devices, at whether
  /// check_writable() would still succeed: permissions, flags, what stands at the names that a save
  /// needs, limits, and the room that the file system says it has. Throws Error(Errc::state_write)
  /// if it does not look like it; only a save tells for sure. Not without check_writable() before.
  void check_still_writable() const;

  /// Remembers a result for the next save(). Cancelled results and those of unusable entries are
  /// ignored. The store must still have an entry with the device's key.
  void record(const DeviceResult& result);

  /// Remembers for the next save what is to be on record of a device's update before it is sent,
  /// and the key that the record has (UpdateRecord::tls); no other member is changed. With the
  /// state `none` what is there is taken out. A later record, or a result that has one, takes its
  /// place; a result without one leaves it. The save tells of devices whose entry is not there any
  /// more or cannot take it (SaveReport): nothing may be sent to them. Throws
  /// Error(Errc::invalid_argument) where the store has no entry with the device's key, or one that
  /// cannot be used, and for a version or a build id of more than 64 bytes.
  void record_update(const Device& device, const UpdateRecord& record);

  /// The bytes that were read, with all recorded results in them as a save would put them there: in
  /// the file's own style, all else as it is. The results stay recorded, and no file is looked at.
  std::string merged() const;

  /// Reads the file anew under its save lock, puts all recorded results into it and replaces it
  /// atomically and durably, keeping the old one as `.bak`. Throws Error(Errc::state_write),
  /// message `cannot write state file <path>: <reason>`: the old file is whole then, and the
  /// results stay recorded. A file that holds no entry any more is such a reason. Whoever changes
  /// devices meanwhile should hold that back (Runner::hold_changes()) until a save succeeds.
  SaveReport save();

 private:
  struct Impl;
  friend class RunLock;
  explicit StateStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Held by a run that may write, for its whole time: `flock` on `<state file>.run.lock`. Released
/// by the destructor and by the death of the process; the file stays.
class RunLock {
 public:
  /// Never waits. Throws Error(Errc::locked), telling the
  /// holder's process id where it is known for sure, if another run holds it, and
  /// Error(Errc::state_write) if the lock file cannot be made.
  [[nodiscard]] static RunLock acquire(const std::string& state_path);
  /// The same for the file of `store`, wherever its directory is by now.
  [[nodiscard]] static RunLock acquire(const StateStore& store);
  /// Looks, without taking or making a lock, whether what stands at the lock file's name keeps
  /// acquire() from it. Throws that Error(Errc::state_write). Another run that holds it is none.
  static void check(const StateStore& store);

  /// Lets go at once, for children of fork() too, whose copy would hold it. To be called by the
  /// process that acquired it only.
  void release() noexcept;

  RunLock(RunLock&&) noexcept;
  RunLock& operator=(RunLock&&) noexcept;
  ~RunLock();

 private:
  explicit RunLock(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace stage3
