#include "config/lost_section.hpp"

#include <stage3/config.hpp>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace stage3::config {
namespace {

constexpr std::string_view kDigits = "0123456789";

/// What is left of a key without case and separators; `?` stands for each character that is none of
/// ASCII. Long keys are like no section: they are cut.
std::string plain(std::string_view key) {
  constexpr std::size_t kLongest = 40;
  std::string text;
  while (!key.empty() && text.size() < kLongest) {
    const char c = key.front();
    if (c >= 'A' && c <= 'Z') {
      text += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      text += c;
    } else if (static_cast<unsigned char>(c) >= 0x80) {
      text += '?';
    }
    key.remove_prefix(decode_utf8(key).length);
  }
  return text;
}

/// `stage1` beside `stage3`: a section of its own, no typo.
bool has_another_number(std::string_view text, std::string_view section) {
  const std::size_t name = section.find_first_of(kDigits);
  return name != std::string_view::npos && text.size() > name &&
         text.substr(0, name) == section.substr(0, name) &&
         text.find_first_not_of(kDigits, name) == std::string_view::npos;
}

bool is_typo(std::string_view text, std::string_view section) {
  if (has_another_number(text, section)) return false;
  return text.find(section) != std::string_view::npos || count_typos(text, section) <= 1;
}

}  // namespace

void LostSection::see(std::string_view key, Mark mark) {
  const std::string text = plain(key);
  auto& place = text == section_ ? same_ : typo_;
  if (place || !(text == section_ || is_typo(text, section_))) return;
  place = {mark, "the section is called " + quoted(section_) + ", not " + quoted(key) +
                     ": what stands below it would not be read"};
}

void LostSection::see_below(std::string_view outer, std::string_view key, Mark mark) {
  if (same_ || plain(key) != section_) return;
  same_ = {mark, quoted(key) + " stands below " + quoted(outer) +
                     " and would not be read: it must be " + quoted(section_) +
                     " in the first column"};
}

}  // namespace stage3::config
