#pragma once

#include <vector>

#include "state/document.hpp"
#include "state/record.hpp"
#include "state/splices.hpp"

namespace stage3::state {

/// The changes that put records into a document, in its own style: our members, and no other byte.
/// `records` is parallel to the document's entries; null: nothing to write. Entries with a record
/// must not be ambiguous. Empty where the document says all of it already.
Splices merge(const Document& document, const std::vector<const Record*>& records);

}  // namespace stage3::state
