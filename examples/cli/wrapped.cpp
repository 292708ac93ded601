#include "wrapped.hpp"

#include <algorithm>
#include <stage3/text.hpp>

namespace cli {
namespace {

/// The start of `text` that goes into one line; at least one character.
std::string_view first_line(std::string_view text, std::size_t columns) {
  std::string_view line = stage3::fitting(text, columns);
  while (line.empty())
    line = stage3::fitting(text, ++columns);  // one character that is wider than a line
  if (line.size() == text.size()) return line;
  if (text[line.size()] == ' ') return line;
  const std::size_t blank = line.find_last_of(' ');
  const bool is_after_indent = line.find_first_not_of(' ') < blank;
  return blank != std::string_view::npos && is_after_indent ? line.substr(0, blank) : line;
}

}  // namespace

std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent) {
  std::string out;
  for (std::size_t used = 0; !text.empty(); used = indent) {
    if (!out.empty()) out.append(1, '\n').append(indent, ' ');
    const std::string_view line = first_line(text, columns - std::min(used, columns));
    out += line;
    text.remove_prefix(line.size());
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  return out;
}

}  // namespace cli
