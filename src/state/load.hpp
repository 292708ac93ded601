#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "disk/target.hpp"
#include "state/document.hpp"

namespace stage3::state {

/// A state file as it was read.
struct Loaded {
  disk::Target target;  ///< where it is, whatever becomes of the working directory or of the path
  Contents contents;
  std::optional<json::Problem> problem;  ///< why it cannot be used; only the bytes are good then
  struct stat status {};                 ///< of the version that was read
};

/// Reads and parses the state file at `path`. One that somebody is in the middle of writing is
/// waited for, up to 3 s, and so is one that has been moved away a moment ago. Throws
/// Error(Errc::state_read) if it cannot be read, and what Config::validate() throws for such a
/// `friendly.field_name`.
Loaded read_state(disk::FileSystem& system, const std::string& path, const std::string& name_field);

/// Reads `contents.document.bytes` as of `now`: what is on record for a time more than a day ahead
/// counts as absent.
std::optional<json::Problem> parse_at(std::chrono::system_clock::time_point now, Contents& contents,
                                      const std::string& name_field);

/// Throws Error(Errc::state_read), with line and column, for bytes that cannot be used; `name` is
/// the file they are of.
void require_usable(const Document& document, const std::optional<json::Problem>& problem,
                    const std::string& name);

/// What Config::validate() throws for such a `friendly.field_name`.
void check_name_field(const std::string& name_field);

/// Like read_state(); throws Error(Errc::state_read), with line and column, if the file cannot be
/// used, too.
Loaded load(disk::FileSystem& system, const std::string& path, const std::string& name_field);

}  // namespace stage3::state
