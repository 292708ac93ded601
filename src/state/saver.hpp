#pragma once

#include <sys/stat.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <stage3/state_store.hpp>

#include "disk/course.hpp"
#include "disk/file_system.hpp"
#include "disk/late_writers.hpp"
#include "disk/replacement.hpp"
#include "disk/target.hpp"
#include "disk/temp_file.hpp"
#include "state/document.hpp"
#include "state/recorded.hpp"

namespace stage3::state {

/// Saves results into the state file. The first save keeps the file as it was before as `.bak`.
class Saver {
 public:
  /// The file system of `target` must outlive the saver. `loaded`: of the version that was read,
  /// which need not be looked at again.
  explicit Saver(disk::Target target, const struct stat& loaded = {});

  const disk::Target& target() const { return target_; }

  /// Tries whether a save of the file, with a result for every entry of `document`, will succeed,
  /// and which way it goes, without touching the file. `devices` are those of the file that was
  /// loaded. Throws Failure if it will not.
  void check_writable(const Document& document, const std::vector<Device>& devices);

  /// A cheap look at whether that is still so; not without check_writable() before. Throws Failure
  /// if it does not look like it.
  void check_still_writable();

  /// Puts all of `recorded` into what the file holds by now, which replaces `document` if it is
  /// something else. Throws Failure: the file is what it was.
  SaveReport save(Document& document, const Recorded& recorded);

 private:
  using Outcome = disk::Replacement::Outcome;

  void let_others_finish(std::chrono::steady_clock::time_point until);
  disk::Original read_current(Document& document);
  void note_size(std::size_t size);
  void check_content(const struct stat& status);
  void note_own_version() noexcept;
  Outcome save_once(Document& document, const Recorded& recorded, bool is_polite,
                    SaveReport& report);
  void clear_leftover_of(Document& document, std::vector<std::string>& notices);
  void wait_for_writer();

  disk::FileSystem& system_;
  disk::Target target_;
  disk::SaveCourse course_;
  disk::LateWriters late_writers_;
  /// How large the file is, as far as is known, and will be with all results.
  std::size_t size_ = 0;
  std::size_t size_in_the_end_ = 0;
  struct stat looked_at_ {};  ///< the version that is known to take results
};

}  // namespace stage3::state
