#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/yaml_cursor.hpp"

namespace stage3::config {

/// Looks, among the keys of a text without the section that is wanted, for the one that was meant.
class LostSection {
 public:
  /// `section`: lower-case letters and digits, the digits being its number among others like it.
  explicit LostSection(const std::string& section) : section_(section) {}

  struct Lookalike {
    Mark mark;
    /// What it is and what to do.
    std::string message;
  };

  /// A key of the top level.
  void see(std::string_view key, Mark mark);
  /// A key at any depth below the top-level key `outer`.
  void see_below(std::string_view outer, std::string_view key, Mark mark);

  /// What was most likely meant; none: nothing in the text is like it.
  const std::optional<Lookalike>& meant() const noexcept { return same_ ? same_ : typo_; }
  /// What is surely meant: typos (`stages`, `stage3_old`) are left out.
  const std::optional<Lookalike>& same() const noexcept { return same_; }

 private:
  const std::string& section_;
  /// The first that differs in case, separators and place only.
  std::optional<Lookalike> same_;
  /// The first other one.
  std::optional<Lookalike> typo_;
};

}  // namespace stage3::config
