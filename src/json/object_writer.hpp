#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stage3::json {

/// Appends one JSON object to a text, member by member, in ASCII and without blanks. Names are
/// written as texts are; that none comes twice is the caller's business.
class ObjectWriter {
 public:
  explicit ObjectWriter(std::string& out) : out_(out) { out_ += '{'; }
  void end() { out_ += '}'; }

  void text(std::string_view name, std::string_view value);
  /// Left out where there is nothing to say.
  void text_if_any(std::string_view name, std::string_view value);
  void number(std::string_view name, std::int64_t value);
  void boolean(std::string_view name, bool value);
  /// For a value of another kind, which the caller appends to what this returns.
  std::string& begin(std::string_view name);

 private:
  std::string& out_;
};

}  // namespace stage3::json
