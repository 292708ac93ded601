#pragma once

#include <string>
#include <vector>

namespace stage3::disk {

/// Which way the saves of a run go: what the file system can do, as a trial or a save has found it,
/// and what has been done already.
struct SaveCourse {
  bool can_exchange = true;
  bool can_sync_directory = true;
  /// The mode of a file can be set once it is there.
  bool can_set_mode = true;
  /// `.bak` is the file as it was before the run. From then on it is left alone, whatever fails.
  bool has_backup = false;
  /// A new name is in place, but not known to be on the disk yet.
  bool needs_sync = false;
  /// Another process has the file open for writing and has not used that for a while.
  bool has_idle_writer = false;
  /// The file had more than one name. A save gives this one a new file.
  bool has_other_names = false;
  /// Where that goes what it writes all the same; empty: it is lost with that process.
  std::string idle_writes_to;

  /// What an operator should know about it; each is noted once.
  void note_to(std::vector<std::string>& notices);

 private:
  bool exchange_noted_ = false;
  bool sync_noted_ = false;
  bool writer_noted_ = false;
  bool names_noted_ = false;
};

}  // namespace stage3::disk
