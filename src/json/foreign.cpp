#include "json/foreign.hpp"

#include <algorithm>

namespace stage3::json {
namespace {

struct Foreign {
  std::string_view text;
  std::string_view instead;
};

constexpr std::string_view kNumber =
    "write null or a number (Python writes it unless json.dump() gets allow_nan=False)";

constexpr Foreign kWords[] = {
    {"NaN", kNumber},
    {"Infinity", kNumber},
    {"-Infinity", kNumber},
    {"nan", "write null or a number"},
    {"inf", "write null or a number"},
    {"-inf", "write null or a number"},
    {"True", "write true (Python's json.dump() does)"},
    {"False", "write false (Python's json.dump() does)"},
    {"None", "write null (Python's json.dump() does)"},
    {"undefined", "write null, or leave the member out"},
};

bool begins_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// The last character before `at` that is no white space; NUL: there is none.
char before(std::string_view text, std::size_t at) {
  const std::size_t found = text.substr(0, at).find_last_not_of(" \t\r\n");
  return found == std::string_view::npos ? '\0' : text[found];
}

}  // namespace

std::string explain_word(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(std::min(at, text.size()));
  for (const Foreign& word : kWords) {
    if (!begins_with(rest, word.text)) continue;
    const std::string_view behind = rest.substr(word.text.size());
    if (!behind.empty() && is_letter(behind.front())) continue;
    return std::string(word.text) + " is not JSON: " + std::string(word.instead);
  }
  return {};
}

std::string explain_place(std::string_view text, std::size_t at) {
  const std::string_view rest = text.substr(std::min(at, text.size()));
  for (const std::string_view mark : {"<<<<<<<", "=======", ">>>>>>>"}) {
    if (begins_with(rest, mark)) return ": here is a merge conflict that has not been resolved";
  }
  for (const std::string_view comment : {"//", "/*", "#"}) {
    if (begins_with(rest, comment)) return ": JSON has no comments";
  }
  if (begins_with(rest, "'")) return ": texts stand in double quotes";
  const bool is_end = begins_with(rest, "}") || begins_with(rest, "]");
  if (is_end && before(text, at) == ',') return ": remove the comma before it";
  return {};
}

}  // namespace stage3::json
