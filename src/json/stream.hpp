#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "json/damage.hpp"
#include "json/rapidjson.hpp"
#include "json/word.hpp"

namespace stage3::json {

/// What RapidJSON reads from: a string and the NUL behind it, which spares a comparison at every
/// byte. Remembers where the current token begins.
class Stream {
 public:
  using Ch = char;

  /// Some of RapidJSON's arithmetic on exponents overflows for numbers of many million characters.
  static constexpr std::size_t kMaxNumberLength = 1024;

  explicit Stream(const std::string& text, bool takes_half_pairs = false)
      : begin_(text.data()),
        end_(text.data() + text.size()),
        at_(begin_),
        token_(begin_),
        takes_half_pairs_(takes_half_pairs) {}

  /// Numbers beyond all range are replaced in `text` before they are read.
  static Stream mending(std::string& text) {
    Stream stream(text);
    stream.mended_ = text.data();
    return stream;
  }

  char Peek() const { return *at_; }
  char Take() { return *at_++; }
  std::size_t Tell() const { return static_cast<std::size_t>(at_ - begin_); }

  std::size_t token_begin() const { return static_cast<std::size_t>(token_ - begin_); }
  bool stopped_at_long_number() const { return stopped_; }
  /// The current token is a number that was replaced.
  bool has_mended_token() const { return mended_token_ == token_; }
  /// The current token is a zero, whatever RapidJSON has been shown of it.
  bool has_zero_token() const { return zero_token_ == token_; }

  /// RapidJSON skips white space before every token.
  void skip_white_space() {
    while (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t') {
      ++at_;
      skip_spaces();
    }
    token_ = at_;
    if (*at_ == '-' || (*at_ >= '0' && *at_ <= '9')) look_at_number();
  }

  /// The bytes from here on that stand for themselves in a string: up to a quote, a backslash, a
  /// control character or the end.
  std::size_t plain_length() const {
    const char* end = at_;
    while (has_word(end)) {
      const Word special = find_special(word_at(end));
      if (special != 0) return static_cast<std::size_t>(end - at_) + first_found(special);
      end += kWordSize;
    }
    while (*end != '"' && *end != '\\' && static_cast<unsigned char>(*end) >= 0x20)
      ++end;
    return static_cast<std::size_t>(end - at_);
  }
  /// Takes an escape that is half of a surrogate pair, where those are taken. To be asked where an
  /// escape may begin: RapidJSON reads both halves of a pair at once.
  bool skip_half_pair() {
    if (!takes_half_pairs_ || *at_ != '\\') return false;
    const unsigned half = surrogate(at_);
    if (half == 0 || (half == 1 && surrogate(at_ + kEscape) == 2)) return false;
    half_pair_ = at_;
    at_ += kEscape;
    return true;
  }
  bool takes_half_pairs() const { return takes_half_pairs_; }
  /// Whether the current token has one.
  bool has_half_pair() const { return half_pair_ != nullptr && half_pair_ >= token_; }

  const char* at() const { return at_; }
  void skip(std::size_t count) { at_ += count; }

  // In-situ parsing, which is never asked for.
  char* PutBegin() { return nullptr; }
  void Put(char) {}
  void Flush() {}
  std::size_t PutEnd(char*) { return 0; }

 private:
  static constexpr std::ptrdiff_t kEscape = 6;  // \ud800

  /// 1: the escape at `at` is the first half of a pair, 2: the second, 0: neither.
  unsigned surrogate(const char* at) const {
    if (end_ - at < kEscape || at[0] != '\\' || at[1] != 'u' || (at[2] | 0x20) != 'd') return 0;
    const auto is_hex = [](char c) {
      return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
    };
    if (!is_hex(at[3]) || !is_hex(at[4]) || !is_hex(at[5])) return 0;
    if (at[3] < '8' && at[3] >= '0') return 0;
    return at[3] == '8' || at[3] == '9' || (at[3] | 0x20) == 'a' || (at[3] | 0x20) == 'b' ? 1 : 2;
  }

  bool has_word(const char* at) const { return static_cast<std::size_t>(end_ - at) >= kWordSize; }

  void skip_spaces() {
    while (has_word(at_)) {
      const Word other = word_at(at_) ^ words_of(' ');
      if (other != 0) {
        at_ += first_found(other);
        return;
      }
      at_ += kWordSize;
    }
  }

  void look_at_number() {
    const char* end = at_ + 1;
    while ((*end >= '0' && *end <= '9') || *end == '.' || *end == 'e' || *end == 'E' ||
           *end == '+' || *end == '-')
      ++end;
    const auto length = static_cast<std::size_t>(end - at_);
    if (length <= kMaxNumberLength) {
      if (mended_ != nullptr && length >= kShortestLargeNumber)
        mended_token_ = mend_number(mended_ + Tell(), length) ? token_ : mended_token_;
      if (length >= kShortestLargeNumber && is_zero_spelled_large({at_, length})) {
        zero_token_ = token_;
        at_ = end - 1;  // The last digit by itself is within its range.
      }
      return;
    }
    stopped_ = true;
    at_ = end_;
  }

  const char* begin_;
  const char* end_;
  const char* at_;
  const char* token_;
  /// The text, where it may be changed.
  char* mended_ = nullptr;
  /// The last number that was replaced.
  const char* mended_token_ = nullptr;
  /// The last number that was skipped but for its end.
  const char* zero_token_ = nullptr;
  bool stopped_ = false;
  bool takes_half_pairs_;
  const char* half_pair_ = nullptr;
};

}  // namespace stage3::json

// RapidJSON has these two for its own streams, and with SSE2 only.
namespace stage3_rapidjson {

template <>
inline void SkipWhitespace(stage3::json::Stream& stream) {
  stream.skip_white_space();
}

template <>
template <>
inline void GenericReader<UTF8<>, UTF8<>, stage3::json::ThrowingAllocator>::ScanCopyUnescapedString(
    stage3::json::Stream& stream, StackStream<char>& out) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
  for (;;) {
    if (const std::size_t length = stream.plain_length()) {
      std::memcpy(out.Push(static_cast<SizeType>(length)), stream.at(), length);
      stream.skip(length);
    }
    if (!stream.skip_half_pair()) return;
    std::memcpy(out.Push(static_cast<SizeType>(kReplacement.size())), kReplacement.data(),
                kReplacement.size());
  }
}

}  // namespace stage3_rapidjson
