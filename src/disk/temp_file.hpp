#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "disk/course.hpp"
#include "disk/file_io.hpp"

namespace stage3::disk {

/// A version of the state file as it was read: open, with its status at that time.
struct Original {
  UniqueFd fd;
  struct stat status {};
};

/// What mode to make a new version of `original` with.
mode_t mode_of_new(FileSystem& system, const Original& original, const SaveCourse& course);

/// Throws Failure if the process may not write a file of `size` bytes: the kernel would kill it for
/// the attempt.
void check_file_size(FileSystem& system, std::size_t size);

/// A new file, made exclusively and for its owner alone until it is complete, unless it is made
/// with another mode. It is removed with this object unless it was given away.
class TempFile {
 public:
  static constexpr mode_t kOwnerOnly = 0600;

  /// Whatever stands at `name` is removed before. Throws Failure.
  TempFile(const Directory& directory, std::string name, mode_t mode = kOwnerOnly);
  ~TempFile();
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;

  /// Asks for room for `size` bytes in all, where the file system knows that. Throws Failure if
  /// there is none.
  void reserve(std::size_t size);
  /// Appends `bytes`.
  void write(std::string_view bytes);
  /// After the last byte: takes over the attributes of `original` and syncs. False: its mode could
  /// not be set here; one made with the mode of that file may come nearer to it.
  bool complete(const Original& original, std::vector<std::string>& notices);

  const std::string& name() const { return name_; }
  struct stat status() const {
    return status_of(directory_.system(), fd_.get());
  }

  /// The name is no longer this file's.
  void give_away() { owned_ = false; }

 private:
  const Directory& directory_;
  std::string name_;
  UniqueFd fd_;
  std::size_t written_ = 0;
  std::size_t handed_over_ = 0;  // to the disk, by the last hint
  bool owned_ = true;
};

}  // namespace stage3::disk
