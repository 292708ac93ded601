// ip_state.json: any bytes are refused or a document; a merge changes our members and nothing else,
// and once is enough. What stands behind the last NUL byte of the input chooses what is recorded.

#include <algorithm>

#include "json_tree.hpp"
#include "recorded.hpp"
#include "state/document.hpp"
#include "state/merge.hpp"
#include "state_diff.hpp"
#include "target.hpp"

using namespace stage3::fuzz;
using namespace stage3::state;

namespace {

bool parse(Contents& contents) {
  return !stage3::state::parse(contents, "friendly_name");
}

bool is_recorded(const Entry& entry) {
  return entry.has_mac && !entry.is_ambiguous;
}

/// Empty: the document says all of it already.
std::string merged(const Contents& contents, const Record& record) {
  std::vector<const Record*> records;
  for (const Entry& entry : contents.document.entries)
    records.push_back(is_recorded(entry) ? &record : nullptr);
  std::string out;
  const bool changed =
      merge(contents.document, records, [&out](std::string_view block) { out += block; });
  require(changed == !out.empty(), "a change is told");
  return out;
}

/// The mutant takes a foreign number through a double: it loses the sign of a zero.
std::string as_saved(std::string text) {
  const std::size_t at = kMutant ? text.find(":-0") : std::string::npos;
  return at == std::string::npos ? text : text.erase(at + 1, 1);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input = as_text(data, size);
  const std::size_t end = std::min(input.rfind('\0'), size);
  Contents before;
  before.document.bytes = input.substr(0, end);
  const auto tree_before = parse_json(before.document.bytes, Strings::any);
  const bool is_document = parse(before);
  require(tree_before || !is_document, "a document is JSON");
  if (!is_document) return 0;

  const Recorded recorded(input.substr(std::min(end + 1, size)));
  RecordMaker maker;
  const auto record = maker.make(recorded.content());
  Contents after;
  after.document.bytes = as_saved(merged(before, *record));
  if (after.document.bytes.empty()) after.document.bytes = before.document.bytes;
  const auto tree_after = parse_json(after.document.bytes, Strings::any);
  require(tree_after.has_value(), "what is saved is JSON");
  require(parse(after), "what is saved is a document");
  require(merged(after, *record).empty(), "saving the same once more changes nothing");

  std::vector<bool> is_ours;
  for (const Entry& entry : before.document.entries)
    is_ours.push_back(is_recorded(entry));
  require_differ_in_ours_only({before.document.bytes, *tree_before},
                              {after.document.bytes, *tree_after}, is_ours, recorded.content());
  return 0;
}
