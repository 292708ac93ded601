#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "disk/target.hpp"

namespace stage3::state {

/// What an interrupted save left at its temporary name. A whole state file that is neither the
/// present one (`bytes`, owned by `owner`) nor its backup may hold what exists nowhere else: it is
/// kept as `.rescued` (or under the next name of that kind) and reported. Anything else is removed.
/// Throws Failure.
void clear_leftover(const disk::Target& target, std::string_view bytes, uid_t owner,
                    std::vector<std::string>& notices);

}  // namespace stage3::state
