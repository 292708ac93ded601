#include "config/yaml_problem.hpp"

#include <algorithm>

namespace stage3::config {
namespace {

using namespace std::string_view_literals;

bool begins(std::string_view text, std::string_view with) noexcept {
  return text.substr(0, with.size()) == with;
}

/// Whether the first four bytes are zero where `zeros` has a 0, and nowhere else.
bool has_zeros_as(std::string_view text, std::string_view zeros) noexcept {
  if (text.size() < zeros.size()) return false;
  for (std::size_t i = 0; i < zeros.size(); ++i) {
    if ((text[i] == '\0') != (zeros[i] == '0')) return false;
  }
  return true;
}

std::string_view line_at(std::string_view text, std::size_t offset) noexcept {
  const std::size_t before = text.substr(0, offset).find_last_of("\r\n");
  text.remove_prefix(before == std::string_view::npos ? 0 : before + 1);
  return text.substr(0, text.find_first_of("\r\n"));
}

/// Where in `line` the colon of `key:value` stands.
std::size_t colon_in(std::string_view line) noexcept {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
  const std::size_t begin = line.find_first_not_of(' ');
  if (begin == std::string_view::npos) return begin;
  const std::size_t colon = line.find_first_not_of(kLetters, begin);
  if (colon == begin || colon >= line.size() - 1 || line[colon] != ':')
    return std::string_view::npos;
  const bool is_meant =
      line[colon + 1] != ' ' && line.find(':', colon + 1) == std::string_view::npos;
  return is_meant ? colon : std::string_view::npos;
}

}  // namespace

std::string_view foreign_encoding(std::string_view text) noexcept {
  if (begins(text, "\xFF\xFE\0\0"sv) || begins(text, "\0\0\xFE\xFF"sv)) return "UTF-32";
  if (begins(text, "\xFF\xFE"sv) || begins(text, "\xFE\xFF"sv)) return "UTF-16";
  // Without a byte order mark: a text begins with ASCII, and an ASCII character has zeros there.
  if (has_zeros_as(text, "x000") || has_zeros_as(text, "000x")) return "UTF-32";
  if (has_zeros_as(text, "x0x0") || has_zeros_as(text, "0x0x")) return "UTF-16";
  return {};
}

std::size_t find_misplaced_tab(std::string_view text, std::size_t offset) noexcept {
  if (offset < text.size() && text[offset] == '\t') return offset;
  const std::size_t line_end = text.substr(0, offset).find_last_of("\r\n");
  const std::size_t start = line_end == std::string_view::npos ? 0 : line_end + 1;
  const std::size_t tab = text.find_first_not_of(' ', start);
  return tab != std::string_view::npos && text[tab] == '\t' ? tab : std::string_view::npos;
}

std::size_t find_colon_without_blank(std::string_view text, std::size_t offset) noexcept {
  offset = std::min(offset, text.size());
  for (int tries = 0; tries < 2; ++tries) {
    const std::string_view line = line_at(text, offset);
    const auto begin = static_cast<std::size_t>(line.data() - text.data());
    const std::size_t colon = colon_in(line);
    if (colon != std::string_view::npos) return begin + colon;
    const std::size_t before = text.substr(0, begin).find_last_not_of(" \r\n");
    if (before == std::string_view::npos) break;
    offset = before;
  }
  return std::string_view::npos;
}

}  // namespace stage3::config
