#pragma once

#include "disk/failure.hpp"
#include "disk/file_io.hpp"
#include "disk/temp_file.hpp"

namespace stage3::disk {

/// For so long a file that is being written in place may be found half.
constexpr std::chrono::seconds kPatience{3};
constexpr std::chrono::milliseconds kPause{20};
/// Who has the file open for writing and does not write for so long is not in the middle of it.
constexpr std::chrono::milliseconds kIdle{400};

/// The file as it is found now cannot be read; perhaps somebody is in the middle of writing it.
class Unsettled : public Failure {
 public:
  using Failure::Failure;
};

/// Throws Unsettled if the open file is no longer the version it was.
void check_settled(FileSystem& system, const Original& original);

/// Whether anybody has a file open for writing. Only root, the file's owner and not every file
/// system are let know.
enum class Writers { none, some, unknown };
Writers writers_of(FileSystem& system, int fd);

/// Whether the file was changed within `time` before now.
bool was_changed_within(FileSystem& system, const struct stat& status, std::chrono::seconds time);

}  // namespace stage3::disk
