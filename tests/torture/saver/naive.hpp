#pragma once

#include <string>

#include "harsh_file_system.hpp"
#include "state/saver.hpp"

namespace stage3::torture {

/// How a program saves that has never heard of the protocol: it puts `recorded` into `document` as
/// it was loaded and writes that, into the file itself or beside it with a rename. Throws
/// std::runtime_error.
void naive_save(Mutant mutant, const std::string& path, const state::Document& document,
                const state::Recorded& recorded);

}  // namespace stage3::torture
