#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stage3 {

/// A pattern as a shell has it, over code points, and in no locale: `*` is any text, `?` one
/// character, `[a-z]` one of these, `[!a-z]` or `[^a-z]` one of all others, a backslash takes away
/// the meaning of what follows. Case counts, and the whole text must fit; however pattern and text
/// are spelled in Unicode, what is canonically the same is the same.
class Glob {
 public:
  /// None: a `[` without its `]`, a range with its ends in the wrong order, a class (`[:alpha:]`),
  /// or a backslash at the end. A shell would take most of them literally, and they would fit
  /// nothing that was meant.
  static std::optional<Glob> parse(std::string_view pattern);

  /// Takes time in proportion to the product of both lengths at most, however many stars.
  bool matches(std::string_view text) const;

  /// The one text that fits, as canonical() has it; none: there may be others.
  std::optional<std::string> only_text() const;

 private:
  enum class Kind { text, any, one, set };
  using Range = std::pair<char32_t, char32_t>;

  struct Element {
    Kind kind;
    bool is_negated = false;
    /// A character of a text is a range of its own.
    std::vector<Range> ranges{};

    bool fits(char32_t code_point) const;
  };

  class Reader;

  std::vector<Element> elements_;
};

}  // namespace stage3
