#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "state/document.hpp"
#include "state/record.hpp"
#include "state/value.hpp"

namespace stage3::state {

/// Takes a text block by block.
using Sink = std::function<void(std::string_view block)>;

/// Puts records into a document, in its own style: our members, and no other byte. `records` is
/// parallel to the document's entries; null: nothing to write. Entries with a record must not be
/// ambiguous. The new text goes to `sink`, in blocks of 256 KiB and a last one. False: the document
/// says all of it already, and `sink` is not called.
bool merge(const Document& document, const std::vector<const Record*>& records, const Sink& sink,
           Texts texts = Texts::any);

}  // namespace stage3::state
