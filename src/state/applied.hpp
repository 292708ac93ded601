#pragma once

#include <stage3/on_record.hpp>

#include "state/record.hpp"

namespace stage3::state {

/// What is on record once `content` is, too: what reading it back would give after a merge into the
/// entry that `before` was read from.
OnRecord applied(OnRecord before, const Record::Content& content);

}  // namespace stage3::state
