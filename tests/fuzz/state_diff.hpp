#pragma once

#include <string_view>
#include <vector>

#include "json_tree.hpp"
#include "state/record.hpp"

namespace stage3::fuzz {

struct ReadState {
  std::string_view bytes;
  const Json& tree;
};

/// Requires that two state files differ in what `record` says about the recorded entries (one
/// flag for each entry of the file), and in nothing else but the white space between members where
/// one has come or gone. Finds the entries without the library's help.
void require_differ_in_ours_only(const ReadState& before, const ReadState& after,
                                 const std::vector<bool>& is_recorded,
                                 const state::Record::Content& record);

}  // namespace stage3::fuzz
