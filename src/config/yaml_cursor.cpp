#include "config/yaml_cursor.hpp"

#include <string.h>
#include <stage3/error.hpp>

#include <array>
#include <cstdio>
#include <new>

#include "base/utf8.hpp"
#include "config/yaml_problem.hpp"

namespace stage3::config {
namespace {

constexpr unsigned kMaxDepth = 32;
// libyaml compares each with all before it: a file of nothing else would take many seconds.
constexpr unsigned kMaxTagDirectives = 16;
constexpr std::string_view kTagDirective = "%TAG";
constexpr const char* kSaveAnew = "save the file as UTF-8";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view without_byte_order_mark(std::string_view text) noexcept {
  if (text.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    text.remove_prefix(kByteOrderMark.size());
  }
  return text;
}

/// The byte offset of the code point with this number; the end of the text for one behind it.
std::size_t byte_offset(std::string_view text, Mark mark) noexcept {
  std::size_t offset = 0;
  for (; mark > 0 && offset < text.size(); --mark) {
    offset += decode_utf8(text.substr(offset)).length;
  }
  return offset;
}

struct Location {
  int line = 1;
  int column = 1;
};

/// Counts lines as editors do (LF, CR LF, CR); libyaml's own marks also count U+0085, U+2028 and
/// U+2029.
Location locate(std::string_view text, std::size_t offset) noexcept {
  Location location;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < offset; ++i) {
    const bool line_ends =
        text[i] == '\n' || (text[i] == '\r' && (i + 1 == text.size() || text[i + 1] != '\n'));
    if (!line_ends) continue;
    ++location.line;
    line_start = i + 1;
  }
  location.column = static_cast<int>(offset - line_start) + 1;
  return location;
}

/// Where the first `%TAG` stands that is one too many; npos: none. Those in a comment or a text
/// count as well: what a line is for libyaml, and where a text ends, is not for this look to know.
std::size_t find_surplus_directive(std::string_view text) noexcept {
  std::size_t at = text.find(kTagDirective);
  for (unsigned count = 0; at != std::string_view::npos && count < kMaxTagDirectives; ++count)
    at = text.find(kTagDirective, at + kTagDirective.size());
  return at;
}

/// `U+0007`
std::string code_point(int value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "U+%04X", static_cast<unsigned>(value));
  return text.data();
}

void wipe(void* start, void* end) noexcept {
  if (start == nullptr) return;
  explicit_bzero(start,
                 static_cast<std::size_t>(static_cast<char*>(end) - static_cast<char*>(start)));
}

YamlEvent::Kind kind_of(yaml_event_type_t type) noexcept {
  switch (type) {
    case YAML_DOCUMENT_START_EVENT:
      return YamlEvent::Kind::document_start;
    case YAML_DOCUMENT_END_EVENT:
      return YamlEvent::Kind::document_end;
    case YAML_ALIAS_EVENT:
      return YamlEvent::Kind::alias;
    case YAML_SCALAR_EVENT:
      return YamlEvent::Kind::scalar;
    case YAML_SEQUENCE_START_EVENT:
      return YamlEvent::Kind::sequence_start;
    case YAML_SEQUENCE_END_EVENT:
      return YamlEvent::Kind::sequence_end;
    case YAML_MAPPING_START_EVENT:
      return YamlEvent::Kind::mapping_start;
    case YAML_MAPPING_END_EVENT:
      return YamlEvent::Kind::mapping_end;
    default:
      return YamlEvent::Kind::stream_end;
  }
}

}  // namespace

bool YamlEvent::is_null() const noexcept {
  if (kind != Kind::scalar || !plain) return false;
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

YamlCursor::YamlCursor(std::string_view yaml, const std::string& name)
    : yaml_(without_byte_order_mark(yaml)), name_(name), raw_event_{} {
  if (yaml.size() > kMaxYamlBytes)
    throw Error(Errc::config, "larger than " + std::to_string(kMaxYamlBytes) + " bytes", name);
  if (const std::string_view encoding = foreign_encoding(yaml); !encoding.empty())
    fail_at_byte("the text is " + std::string(encoding) + ", not UTF-8: " + kSaveAnew, 0);
  const std::size_t invalid = find_invalid_utf8(yaml_);
  if (invalid != std::string_view::npos)
    fail_at_byte(std::string("not valid UTF-8: ") + kSaveAnew, invalid);
  const std::size_t surplus = find_surplus_directive(yaml_);
  if (surplus != std::string_view::npos)
    fail_at_byte("more than " + std::to_string(kMaxTagDirectives) + " %TAG directives", surplus);

  if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
  // Otherwise libyaml guesses, and takes some texts for UTF-16.
  yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(yaml_.data()),
                               yaml_.size());
}

YamlCursor::~YamlCursor() {
  forget_event();
  wipe(parser_.raw_buffer.start, parser_.raw_buffer.end);
  wipe(parser_.buffer.start, parser_.buffer.end);
  yaml_parser_delete(&parser_);
}

const YamlEvent& YamlCursor::next() {
  do {
    parse_event();
  } while (raw_event_.type == YAML_STREAM_START_EVENT);
  convert_event();
  check_bounds();
  return event_;
}

void YamlCursor::parse_event() {
  forget_event();
  if (yaml_parser_parse(&parser_, &raw_event_) == 0) fail_as_parser();
}

void YamlCursor::forget_event() noexcept {
  if (raw_event_.type == YAML_SCALAR_EVENT) {
    yaml_char_t* const value = raw_event_.data.scalar.value;
    wipe(value, value + raw_event_.data.scalar.length);
  }
  yaml_event_delete(&raw_event_);
}

void YamlCursor::convert_event() {
  event_ = YamlEvent{};
  event_.kind = kind_of(raw_event_.type);
  event_.mark = raw_event_.start_mark.index;
  if (event_.kind == YamlEvent::Kind::scalar) {
    const auto& scalar = raw_event_.data.scalar;
    event_.text = {reinterpret_cast<const char*>(scalar.value), scalar.length};
    event_.plain = scalar.style == YAML_PLAIN_SCALAR_STYLE;
    event_.anchored = scalar.anchor != nullptr;
    event_.tagged = scalar.tag != nullptr;
  } else if (event_.kind == YamlEvent::Kind::sequence_start) {
    event_.anchored = raw_event_.data.sequence_start.anchor != nullptr;
    event_.tagged = raw_event_.data.sequence_start.tag != nullptr;
  } else if (event_.kind == YamlEvent::Kind::mapping_start) {
    event_.anchored = raw_event_.data.mapping_start.anchor != nullptr;
    event_.tagged = raw_event_.data.mapping_start.tag != nullptr;
  }
}

void YamlCursor::check_bounds() {
  switch (event_.kind) {
    case YamlEvent::Kind::document_start:
      if (++documents_ > 1) fail("a second document begins here, only one is allowed", event_.mark);
      break;
    case YamlEvent::Kind::sequence_start:
    case YamlEvent::Kind::mapping_start:
      if (++depth_ > kMaxDepth) fail("nested deeper than 32 levels", event_.mark);
      break;
    case YamlEvent::Kind::sequence_end:
    case YamlEvent::Kind::mapping_end:
      --depth_;
      break;
    default:
      break;
  }
}

void YamlCursor::fail(const std::string& message, Mark mark) const {
  fail_at_byte(message, byte_offset(yaml_, mark));
}

int YamlCursor::line(Mark mark) const noexcept {
  return locate(yaml_, byte_offset(yaml_, mark)).line;
}

void YamlCursor::fail_at_byte(const std::string& message, std::size_t offset) const {
  const Location location = locate(yaml_, offset);
  throw Error(Errc::config, message, name_, location.line, location.column);
}

void YamlCursor::fail_as_parser() const {
  if (parser_.error == YAML_MEMORY_ERROR) throw std::bad_alloc();
  // Reader errors have a byte offset and no mark.
  if (parser_.error == YAML_READER_ERROR) {
    fail_at_byte(
        "not valid YAML: the character " + code_point(parser_.problem_value) + " is not allowed",
        parser_.problem_offset);
  }
  fail_at_slip(parser_.problem_mark.index);
  std::string message = "not valid YAML: ";
  message += parser_.problem != nullptr ? parser_.problem : "unknown problem";
  if (parser_.context != nullptr) {
    fail_at_slip(parser_.context_mark.index);
    message += std::string(" ") + parser_.context;
    const int begun = line(parser_.context_mark.index);
    if (begun != line(parser_.problem_mark.index))
      message += " begun in line " + std::to_string(begun);
  }
  fail(message, parser_.problem_mark.index);
}

/// What libyaml stumbled over is not always what it says, nor where.
void YamlCursor::fail_at_slip(Mark mark) const {
  const std::size_t offset = byte_offset(yaml_, mark);
  const std::size_t tab = find_misplaced_tab(yaml_, offset);
  if (tab != std::string_view::npos)
    fail_at_byte("not valid YAML: a tab, which YAML does not allow for indentation; use spaces",
                 tab);
  const std::size_t colon = find_colon_without_blank(yaml_, offset);
  if (colon != std::string_view::npos)
    fail_at_byte(std::string("not valid YAML: ") + kNoBlank, colon);
}

}  // namespace stage3::config
