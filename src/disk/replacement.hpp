#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <vector>

#include "disk/course.hpp"
#include "disk/settled.hpp"
#include "disk/target.hpp"
#include "disk/temp_file.hpp"

namespace stage3::disk {

/// Puts a new file in the place of the state file, unless that has changed meanwhile.
class Replacement {
 public:
  enum class Outcome {
    done,
    changed,       ///< somebody else has changed the state file; theirs is in place
    being_written  ///< somebody else has it open for writing; it is in place
  };

  /// `bytes` is what the state file held when it was `original`. All arguments must outlive the
  /// object. `course` says which way to go, and learns what was found on it.
  Replacement(const Target& target, const Original& original, std::string_view bytes,
              SaveCourse& course, std::vector<std::string>& notices);

  /// Done: `temp`, complete and synced, is the state file now, durably, and the old one `.bak`, if
  /// there is none of this run yet. Throws Failure: the old one is in place (without exchange
  /// perhaps the new one, but not for sure on the disk).
  Outcome put(TempFile& temp);

  /// Of the version that was replaced.
  Writers writers() const { return writers_; }
  /// The name that it has now because of one who does not use it; empty: none.
  const std::string& kept_as() const { return kept_as_; }

 private:
  bool has_changed() const;
  Outcome put_by_rename(TempFile& temp);
  Outcome look_at(const std::string& displaced);
  bool is_version(const std::string& name) const;
  bool is_being_written() const;
  void copy_to_backup();
  bool stays(const std::string& displaced) const;
  Outcome commit(const TempFile& temp);
  void put_away(const std::string& displaced);
  void sync_directory();
  void swap_back(const TempFile& temp);
  void undo(const TempFile& temp) noexcept;

  const Target& target_;
  const Original& original_;
  std::string_view bytes_;
  SaveCourse& course_;
  std::vector<std::string>& notices_;
  Writers writers_ = Writers::none;
  std::string kept_as_;
  struct stat ours_ {};
  struct stat displaced_ {};  // what the exchange took out of its place
};

}  // namespace stage3::disk
