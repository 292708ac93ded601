#pragma once

#include <string>

#include "state/document.hpp"

namespace stage3::state {

/// The bytes of the state file. Throws Error(Errc::state_read).
std::string read_state_file(const std::string& path);

/// Throws what Config::validate() throws for such a `friendly.field_name`.
void check_name_field(const std::string& name_field);

/// Reads and parses the state file. Throws as check_name_field() does, and Error(Errc::state_read)
/// with line and column.
Contents load(const std::string& path, const std::string& name_field);

}  // namespace stage3::state
