#pragma once

#include <cstddef>
#include <cstring>
#include <string>

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

  explicit Stream(const std::string& text)
      : begin_(text.data()), end_(text.data() + text.size()), at_(begin_), token_(begin_) {}

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
  const char* at() const { return at_; }
  void skip(std::size_t count) { at_ += count; }

  // In-situ parsing, which is never asked for.
  char* PutBegin() { return nullptr; }
  void Put(char) {}
  void Flush() {}
  std::size_t PutEnd(char*) { return 0; }

 private:
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
      return;
    }
    stopped_ = true;
    at_ = end_;
  }

  const char* begin_;
  const char* end_;
  const char* at_;
  const char* token_;
  char* mended_ = nullptr;              ///< the text, where it may be changed
  const char* mended_token_ = nullptr;  ///< the last number that was replaced
  bool stopped_ = false;
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
  const std::size_t length = stream.plain_length();
  if (length == 0) return;
  std::memcpy(out.Push(static_cast<SizeType>(length)), stream.at(), length);
  stream.skip(length);
}

}  // namespace stage3_rapidjson
