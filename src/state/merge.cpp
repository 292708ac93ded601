#include "state/merge.hpp"

#include <algorithm>
#include <numeric>

#include "base/assert.hpp"
#include "json/reader.hpp"
#include "json/write.hpp"
#include "state/object_editor.hpp"
#include "state/scan.hpp"
#include "state/splices.hpp"

namespace stage3::state {
namespace {

constexpr std::size_t kFieldCount = kFieldNames.size();

/// What is to become of one member of `stage3`.
struct Wish {
  enum class Kind { keep, set, remove };
  Kind kind = Kind::keep;
  std::string_view text;
};
using Wishes = std::array<Wish, kFieldCount>;

/// to_utc() that remembers: neighbours in a file are mostly asked within the same second.
class UtcText {
 public:
  std::string_view of(std::int64_t seconds) {
    if (text_.empty() || seconds != seconds_) {
      text_ = to_utc(seconds);
      seconds_ = seconds;
    }
    return text_;
  }

 private:
  std::int64_t seconds_ = 0;
  std::string text_;
};

Wish set_to(std::string_view text) {
  return {Wish::Kind::set, text};
}

Wish set_or_remove(std::string_view text) {
  return {text.empty() ? Wish::Kind::remove : Wish::Kind::set, text};
}

Wishes wishes_of(const Record::Content& record, UtcText& last_run, UtcText& last_seen) {
  Wishes wishes;
  const auto wish = [&](Field field) -> Wish& { return wishes[static_cast<std::size_t>(field)]; };
  if (record.ota_status) wish(Field::ota_status) = set_to(to_string(*record.ota_status));
  if (record.friendly_status) {
    wish(Field::friendly_status) = set_to(to_string(*record.friendly_status));
  }
  wish(Field::last_run) = set_to(last_run.of(record.last_run));
  wish(Field::error) = set_or_remove(record.error);
  if (!record.observation) return wishes;

  const Record::Observation& seen = *record.observation;
  wish(Field::last_seen) = set_to(last_seen.of(seen.last_seen));
  if (!seen.fw.empty()) wish(Field::fw) = set_to(seen.fw);
  wish(Field::update) = set_or_remove(seen.update);
  wish(Field::device_name).kind = Wish::Kind::remove;
  if (seen.device_name) wish(Field::device_name) = set_to(*seen.device_name);
  return wishes;
}

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

class EntryMerger {
 public:
  EntryMerger(std::string_view bytes, json::Charset charset, const Entry& entry,
              const Record::Content& record, const Wishes& wishes, Splices& splices)
      : bytes_(bytes),
        charset_(charset),
        entry_(entry),
        record_(record),
        wishes_(wishes),
        layout_(layout_of(bytes, entry)),
        splices_(splices),
        editor_(bytes, entry.whole, layout_, splices) {}

  /// Works from the front of the entry to its end, as ObjectEditor and Splices want it.
  void merge() {
    const bool fw_first = entry_.fw < entry_.stage3.key;
    if (fw_first) merge_fw();
    merge_stage3();
    if (!fw_first) merge_fw();
    fill_in();
    if (!entry_.stage3) build_stage3(editor_.append("stage3"));
  }

 private:
  void quote(std::string& out, std::string_view text) const {
    json::append_quoted(out, text, charset_);
  }

  /// Whether the member's value is a string that means `text`, whatever its escapes.
  bool says(const Member& member, std::string_view text) const {
    const std::string_view token = bytes_.substr(member.value, member.end - member.value);
    if (token.front() != '"') return false;
    if (token.find('\\') != std::string_view::npos) return json::decode_string(token) == text;
    return token.substr(1, token.size() - 2) == text;
  }

  /// The entry's own `fw`, in the style it has: bare version or full firmware id.
  void merge_fw() {
    if (entry_.fw == 0 || !record_.observation) return;
    const Member member = member_at(bytes_, entry_.fw);
    const std::string_view old = bytes_.substr(member.value, member.end - member.value);
    const bool is_full = old.find('/') != std::string_view::npos;
    const std::string_view fw = is_full ? record_.observation->fw_id : record_.observation->fw;
    if (!fw.empty() && !says(member, fw)) quote(editor_.replace(member), fw);
  }

  void fill_in() {
    if (!record_.observation) return;
    const Record::Observation& seen = *record_.observation;
    if (!entry_.has_model && !seen.app.empty()) quote(editor_.append("model"), seen.app);
    if (!entry_.has_hostname && !seen.id.empty()) quote(editor_.append("hostname"), seen.id);
  }

  void merge_stage3() {
    if (!entry_.stage3) return;
    const bool has_members = bytes_[entry_.stage3.value] == '{' && !is_empty(bytes_, entry_.stage3);
    if (has_members) {
      edit_stage3();
    } else {
      build_stage3(editor_.replace(entry_.stage3));
    }
  }

  void edit_stage3() {
    std::array<std::size_t, kFieldCount> in_file_order;
    std::iota(in_file_order.begin(), in_file_order.end(), std::size_t{0});
    std::sort(in_file_order.begin(), in_file_order.end(),
              [&](std::size_t a, std::size_t b) { return entry_.fields[a] < entry_.fields[b]; });
    const Layout layout = layout_of_inner(bytes_, entry_.stage3, layout_);
    ObjectEditor editor(bytes_, entry_.stage3, layout, splices_);
    for (const std::size_t i : in_file_order) {
      const Wish& wish = wishes_[i];
      if (entry_.fields[i] == 0 || wish.kind == Wish::Kind::keep) continue;
      const Member member = member_at(bytes_, entry_.fields[i]);
      if (wish.kind == Wish::Kind::remove) {
        editor.remove(member);
      } else if (!says(member, wish.text)) {
        quote(editor.replace(member), wish.text);
      }
    }
    for (std::size_t i = 0; i < kFieldCount; ++i) {
      const Wish& wish = wishes_[i];
      if (wish.kind == Wish::Kind::set && entry_.fields[i] == 0) {
        quote(editor.append(kFieldNames[i]), wish.text);
      }
    }
  }

  void build_stage3(std::string& out) const {
    const Layout layout = layout_.nested();
    ObjectBuilder object(layout, out);
    for (std::size_t i = 0; i < kFieldCount; ++i) {
      const Wish& wish = wishes_[i];
      if (wish.kind == Wish::Kind::set) quote(object.add(kFieldNames[i]), wish.text);
    }
    object.finish();
  }

  std::string_view bytes_;
  json::Charset charset_;
  const Entry& entry_;
  const Record::Content& record_;
  const Wishes& wishes_;
  const Layout layout_;
  Splices& splices_;
  ObjectEditor editor_;
};

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

bool merge(const Document& document, const std::vector<const Record*>& records, const Sink& sink) {
  STAGE3_ASSERT(records.size() == document.entries.size());
  const std::string_view bytes = document.bytes;
  const json::Charset charset = charset_of(bytes);
  UtcText last_run;
  UtcText last_seen;
  Splices splices;
  BlockWriter out(sink);
  std::size_t copied = 0;
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i] == nullptr) continue;
    const Record::Content record = records[i]->content();
    const Wishes wishes = wishes_of(record, last_run, last_seen);
    splices.clear();
    EntryMerger(bytes, charset, document.entries[i], record, wishes, splices).merge();
    copied = splices.apply(bytes, copied, [&](std::string_view piece) { out.write(piece); });
  }
  if (copied == 0) return false;
  out.write(bytes.substr(copied));
  out.flush();
  return true;
}

}  // namespace stage3::state
