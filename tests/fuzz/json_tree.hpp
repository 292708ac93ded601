#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stage3::fuzz {

/// A JSON value and where it stands in its text, read by a parser that knows nothing of the
/// library. The text must outlive it.
struct Json {
  enum class Kind { null, boolean, number, string, array, object };
  struct Member;

  Kind kind = Kind::null;
  std::string_view raw;         ///< as spelled
  std::string text;             ///< of a string: decoded
  std::vector<Json> elements;   ///< of an array
  std::vector<Member> members;  ///< of an object, in the order of the text

  /// The last member of this name; null: there is none, or this is no object.
  const Json* find(std::string_view name) const;
};

struct Json::Member {
  std::string name;      ///< decoded
  std::string_view raw;  ///< from the name's opening quote to the end of the value
  Json value;
};

enum class Strings {
  unicode,
  any  ///< bytes as they are, half of a surrogate pair as bytes that are no UTF-8
};

/// RFC 8259 to the letter, at most 32 levels deep. None: it is not JSON.
std::optional<Json> parse_json(std::string_view text, Strings strings = Strings::unicode);

}  // namespace stage3::fuzz
