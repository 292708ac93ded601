#pragma once

#include <cstddef>

#include "disk/file_io.hpp"

namespace stage3::disk {

/// Throws Failure if the file system says that it has no room for one more file of `bytes`. What it
/// says need not be so, in either direction: quotas are no part of it. A few system calls, and
/// nothing is written.
void check_room(const Directory& directory, std::size_t bytes);

}  // namespace stage3::disk
