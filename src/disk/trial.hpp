#pragma once

#include <cstddef>
#include <string_view>

#include "disk/course.hpp"
#include "disk/target.hpp"

namespace stage3::disk {

/// Looks at what a trial beside the state file does not find: its permissions, what else stands at
/// the names that a save needs, files that are mounted by themselves, immutable or append-only.
/// Throws Failure if a save could not succeed. `size`: of the file that a save would write. Costs a
/// few system calls, and writes nothing.
void look_before_saving(const Target& target, std::size_t size);

/// Does all that a save of `size` bytes does, but to files of its own beside the state file, which
/// it removes: whoever has changed a device wants to be able to write it down. Finds out
/// which way the saves go. `sample` is what the file holds: a file system that compresses must not
/// be given something simpler. Throws Failure if a save could not succeed.
void try_saving(const Target& target, std::string_view sample, std::size_t size,
                SaveCourse& course);

}  // namespace stage3::disk
