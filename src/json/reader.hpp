#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "json/scalars.hpp"

namespace stage3::json {

/// Where a token or value stands in the text: bytes [begin, end).
struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;

  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
};

/// Receives the tokens of a text in their order. Views are valid during the call only. What a
/// handler throws passes through read().
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void begin_object(Span brace) = 0;
  /// `name` is decoded.
  virtual void key(std::string_view name, Span token) = 0;
  virtual void end_object(Span brace) = 0;
  virtual void begin_array(Span bracket) = 0;
  virtual void end_array(Span bracket) = 0;
  virtual void scalar(const Scalar& value, Span token) = 0;
};

/// Reads one JSON text (RFC 8259, valid UTF-8, no NUL byte, no byte order mark) to its very end.
/// Numbers are handed on as spelled; those beyond +-1e308 or of more than 1,024 characters are a
/// Problem, and so are halves of surrogate pairs unless the limits take them. After a Problem
/// nothing of what was handed on is to be trusted.
std::optional<Problem> read(const std::string& text, const Limits& limits, Handler& handler);

/// The same for a text that nobody has to answer for: strings may hold invalid UTF-8 and halves of
/// surrogate pairs, and numbers may lie beyond +-1e308. Such a value is handed on as damaged; such
/// a name as bytes that are no UTF-8.
std::optional<Problem> read_damaged(std::string text, const Limits& limits, Handler& handler);

/// The value of a string token, quotes included, that read() has accepted.
std::string decode_string(std::string_view token);

}  // namespace stage3::json
