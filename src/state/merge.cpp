#include "state/merge.hpp"

#include <algorithm>
#include <string>

#include "base/assert.hpp"
#include "json/write.hpp"
#include "state/entry_merger.hpp"
#include "state/splices.hpp"

namespace stage3::state {
namespace {

/// A file without a byte beyond ASCII is kept so: Python's json.dump() writes such files.
json::Charset charset_of(std::string_view bytes) {
  constexpr std::size_t kBlock = 4096;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kBlock, bytes.size()))) {
    unsigned char all = 0;  // a loop that the compiler can do many bytes at a time
    for (const char c : bytes.substr(0, kBlock))
      all |= static_cast<unsigned char>(c);
    if (all >= 0x80) return json::Charset::utf8;
  }
  return json::Charset::ascii;
}

/// Gathers pieces of a text into blocks.
class BlockWriter {
 public:
  explicit BlockWriter(const Sink& sink) : sink_(sink) {}

  void write(std::string_view text) {
    if (block_.capacity() < kSize) block_.reserve(kSize);
    while (text.size() >= kSize - block_.size()) {
      const std::size_t room = kSize - block_.size();
      block_ += text.substr(0, room);
      text.remove_prefix(room);
      flush();
    }
    block_ += text;
  }

  void flush() {
    if (!block_.empty()) sink_(block_);
    block_.clear();
  }

 private:
  static constexpr std::size_t kSize = 256 * 1024;

  const Sink& sink_;
  std::string block_;
};

}  // namespace

bool merge(const Document& document, const std::vector<const Record*>& records, const Sink& sink,
           Texts texts) {
  STAGE3_ASSERT(records.size() == document.entries.size());
  const std::string_view bytes = document.bytes;
  Spelling spelling(charset_of(bytes), texts);
  Splices splices;
  BlockWriter out(sink);
  std::size_t copied = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i] == nullptr) continue;
    const Record::Content record = records[i]->content();
    splices.clear();
    EntryMerger(bytes, document.entries[i], record, spelling, splices).merge();
    copied = splices.apply(bytes, copied, [&](std::string_view piece) { out.write(piece); });
  }
  if (copied == 0) return false;
  out.write(bytes.substr(copied));
  out.flush();
  return true;
}

}  // namespace stage3::state
