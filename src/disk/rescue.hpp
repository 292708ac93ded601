#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "disk/course.hpp"
#include "disk/target.hpp"
#include "disk/temp_file.hpp"

namespace stage3::disk {

/// The first of the names `.rescued`, `.rescued.2` ... that nothing stands at: what was rescued
/// before stays. Throws Failure if there is none.
std::string free_rescued_name(const Target& target);

/// The first of the names `.stage3-late`, `.stage3-late2` ... that nothing stands at; one of those
/// for what is rescued if there is none. Throws Failure.
std::string free_late_name(const Target& target);

/// Makes a file `name` that holds `bytes` and has the attributes of `original`. What stands there
/// is replaced. Throws Failure.
void copy_version(const Target& target, const Original& original, std::string_view bytes,
                  const SaveCourse& course, const std::string& name,
                  std::vector<std::string>& notices);

}  // namespace stage3::disk
