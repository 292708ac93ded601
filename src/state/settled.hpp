#pragma once

#include "state/failure.hpp"
#include "state/file_io.hpp"
#include "state/temp_file.hpp"

namespace stage3::state {

/// For so long a file that is being written in place may be found half.
constexpr std::chrono::seconds kPatience{3};
constexpr std::chrono::milliseconds kPause{20};

/// The file as it is found now cannot be read; perhaps somebody is in the middle of writing it.
class Unsettled : public Failure {
 public:
  using Failure::Failure;
};

/// Throws Unsettled if the open file is no longer the version it was.
void check_settled(FileSystem& system, const Original& original);

/// Whether somebody has the open file open for writing; false where it cannot be told.
bool has_writer(FileSystem& system, int fd);

/// Whether the file was changed within `time` before now.
bool was_changed_within(const struct stat& status, std::chrono::seconds time);

}  // namespace stage3::state
