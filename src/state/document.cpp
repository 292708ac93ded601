#include "state/document.hpp"

#include <algorithm>
#include <charconv>

#include "disk/file_io.hpp"
#include "json/reader.hpp"
#include "state/entry_reader.hpp"
#include "state/uniqueness.hpp"

namespace stage3::state {
namespace {

constexpr json::Limits kLimits{disk::kMaxFileBytes, 32, true};

/// Finds the entries: the members of `devices`, or of the top level where there is no such member.
class DocumentReader : public json::Handler {
 public:
  DocumentReader(Contents& contents, std::string_view name_field, std::int64_t latest)
      : contents_(contents), reader_(name_field, latest) {}

  /// What is well-formed JSON but no state file.
  const std::optional<json::Problem>& problem() const { return problem_; }

  void begin_object(json::Span brace) override { begin(true, brace.begin); }
  void begin_array(json::Span bracket) override { begin(false, bracket.begin); }
  void end_object(json::Span brace) override { end(brace.end); }
  void end_array(json::Span bracket) override { end(bracket.end); }

  void key(std::string_view name, json::Span token) override {
    if (in_entry_) return reader_.key(name, token);
    if (depth_ == 1) top_level_key(name, token.begin);
    if (at_entries()) {
      key_ = name;
      key_token_ = token;
    }
  }

  void scalar(const json::Scalar& value, json::Span token) override {
    if (in_entry_) return reader_.scalar(value, token);
    if (depth_ == 0) return fail(token.begin, "expected an object");
    if (depth_ == 1 && member_ == TopLevel::devices) fail(token.begin, "devices is not an object");
    if (depth_ == 1 && member_ == TopLevel::version) check_version(value, token.begin);
    if (at_entries()) add_non_object(token);
  }

 private:
  static constexpr std::size_t kSample = 64;

  enum class TopLevel { other, devices, version };

  /// The members of the current object are entries.
  bool at_entries() const { return in_devices_ ? depth_ == 2 : depth_ == 1 && !is_wrapped_; }

  void begin(bool is_object, std::size_t offset) {
    if (in_entry_) {
      reader_.begin_compound(is_object, offset);
    } else if (depth_ == 0 && !is_object) {
      fail(offset, "expected an object");
    } else if (depth_ == 1 && member_ == TopLevel::devices) {
      if (!is_object) fail(offset, "devices is not an object");
      in_devices_ = is_object;
    } else if (depth_ == 1 && member_ == TopLevel::version) {
      fail(offset, "version is not a number");
    } else if (at_entries() && (is_object || is_entry_key())) {
      begin_entry(offset, is_object);
      in_entry_ = true;
      entry_depth_ = depth_;
    }
    ++depth_;
  }

  void end(std::size_t offset) {
    --depth_;
    if (in_entry_ && depth_ == entry_depth_) {
      finish_entry(offset);
    } else if (in_entry_) {
      reader_.end_compound(offset);
    } else if (depth_ == 1) {
      in_devices_ = false;
    }
  }

  void top_level_key(std::string_view name, std::size_t offset) {
    member_ = name == "devices"   ? TopLevel::devices
              : name == "version" ? TopLevel::version
                                  : TopLevel::other;
    if (member_ != TopLevel::devices) return;
    if (is_wrapped_) return fail(offset, "devices is given twice");
    // What looked like the entries of a flat file were other members of the wrapper.
    is_wrapped_ = true;
    contents_.document.entries.clear();
    contents_.devices.clear();
    contents_.defects.clear();
  }

  void check_version(const json::Scalar& value, std::size_t offset) {
    if (value.kind == json::Scalar::Kind::null) return;
    if (value.kind != json::Scalar::Kind::number) return fail(offset, "version is not a number");
    double version = 0;
    std::from_chars(value.text.data(), value.text.data() + value.text.size(), version);
    if (version > 1) {
      fail(offset, "version " + std::string(value.text) + " is newer than this program knows (1)");
    }
  }

  /// In a flat file stand other things beside the entries (a `version`, a date); in `devices` not.
  bool is_entry_key() const { return in_devices_ || Mac::parse(key_).has_value(); }

  void add_non_object(json::Span value) {
    if (!is_entry_key()) return;
    begin_entry(value.begin, false);
    finish_entry(value.end);
  }

  void begin_entry(std::size_t value, bool is_object) {
    if (contents_.devices.size() == kSample) reserve_like_the_first(value);
    Entry& entry = contents_.document.entries.emplace_back();
    Device& device = contents_.devices.emplace_back();
    reader_.open(device, entry, key_, key_token_, value, is_object);
  }

  void finish_entry(std::size_t end) {
    reader_.close(end);
    in_entry_ = false;
    const std::size_t index = contents_.devices.size() - 1;
    for (auto& [offset, text] : reader_.defects)
      contents_.defects.push_back({index, offset, std::move(text)});
  }

  /// Entries are much alike: room for all of them spares moving them as they become more.
  void reserve_like_the_first(std::size_t sample_end) {
    const std::size_t expected = contents_.document.bytes.size() / (sample_end / kSample);
    contents_.document.entries.reserve(expected + expected / 16);
    contents_.devices.reserve(expected + expected / 16);
  }

  void fail(std::size_t offset, std::string message) {
    if (!problem_) problem_ = json::Problem{std::move(message), offset};
  }

  Contents& contents_;
  EntryReader reader_;
  std::optional<json::Problem> problem_;

  unsigned depth_ = 0;
  TopLevel member_ = TopLevel::other;
  bool is_wrapped_ = false;
  bool in_devices_ = false;
  std::string key_;
  json::Span key_token_;
  bool in_entry_ = false;
  unsigned entry_depth_ = 0;
};

}  // namespace

std::optional<json::Problem> parse(Contents& contents, std::string_view name_field,
                                   std::int64_t latest) {
  if (contents.document.bytes.compare(0, 3, "\xEF\xBB\xBF") == 0)
    return json::Problem{"byte order mark: save the file as UTF-8 without one", 0};
  DocumentReader reader(contents, name_field, latest);
  if (auto problem = json::read(contents.document.bytes, kLimits, reader)) return problem;
  if (reader.problem()) return reader.problem();
  index_macs(contents);
  return std::nullopt;
}

namespace {

auto lower_bound_of(const Document& document, const Mac& mac) {
  return std::lower_bound(
      document.by_mac->begin(), document.by_mac->end(), mac,
      [&](std::uint32_t index, const Mac& wanted) { return document.entries[index].mac < wanted; });
}

}  // namespace

std::optional<std::size_t> Document::find(const Mac& mac, std::size_t hint) const {
  const auto is_it = [&](std::size_t i) {
    return entries[i].has_mac && !entries[i].is_ambiguous && entries[i].mac == mac;
  };
  if (hint < entries.size() && is_it(hint)) return hint;
  const auto found = lower_bound_of(*this, mac);
  if (found == by_mac->end() || !is_it(*found)) return std::nullopt;
  return *found;
}

bool Document::has(const Mac& mac) const {
  const auto found = lower_bound_of(*this, mac);
  return found != by_mac->end() && entries[*found].mac == mac;
}

}  // namespace stage3::state
