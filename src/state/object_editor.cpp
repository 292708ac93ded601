#include "state/object_editor.hpp"

#include "state/scan.hpp"

namespace stage3::state {
namespace {

std::string_view after_opening_brace(std::string_view bytes, const Member& object) {
  const std::size_t begin = object.value + 1;
  return bytes.substr(begin, white_space_end(bytes, begin) - begin);
}

std::string_view before_closing_brace(std::string_view bytes, const Member& object) {
  const std::size_t end = object.end - 1;
  const std::size_t begin = white_space_begin(bytes, end);
  return bytes.substr(begin, end - begin);
}

bool has_newline(std::string_view text) {
  return text.find('\n') != std::string_view::npos;
}

/// Between the members of an object on one line, judged by what follows its colons.
std::string_view one_line_separator(std::string_view colon) {
  return colon.back() == ' ' ? " " : "";
}

/// What the members of an object are indented by beyond its closing brace.
std::string_view indentation_unit(std::string_view separator, std::string_view closing) {
  const bool is_usual = has_newline(closing) && separator.substr(0, closing.size()) == closing;
  return is_usual ? separator.substr(closing.size()) : "  ";
}

void append_separator(std::string& out, const Layout& layout, unsigned depth) {
  out += layout.separator;
  for (; depth > 0; --depth)
    out += layout.unit;
}

/// Our names have nothing to escape.
void append_name(std::string& out, std::string_view name) {
  out += '"';
  out += name;
  out += '"';
}

}  // namespace

Layout Layout::nested() const {
  return {separator, colon, unit, is_multi_line() ? depth + 1 : 0};
}

Layout layout_of(std::string_view bytes, const Entry& entry) {
  Layout layout;
  const std::size_t key_end = string_end(bytes, entry.whole.key);
  layout.colon = bytes.substr(key_end, entry.whole.value - key_end);
  if (has_newline(layout.colon)) layout.colon = ": ";
  const std::string_view separator = after_opening_brace(bytes, entry.whole);
  if (has_newline(separator)) {
    layout.separator = separator;
    layout.unit = indentation_unit(separator, before_closing_brace(bytes, entry.whole));
  } else {
    layout.separator = one_line_separator(layout.colon);
  }
  return layout;
}

Layout layout_of_inner(std::string_view bytes, const Member& object, const Layout& outer) {
  Layout layout = outer;
  const std::string_view separator = after_opening_brace(bytes, object);
  layout.separator = has_newline(separator) ? separator : one_line_separator(layout.colon);
  layout.depth = 0;
  return layout;
}

bool is_empty(std::string_view bytes, const Member& object) {
  return bytes[white_space_end(bytes, object.value + 1)] == '}';
}

ObjectEditor::ObjectEditor(std::string_view bytes, const Member& object, const Layout& layout,
                           Splices& splices)
    : bytes_(bytes),
      layout_(layout),
      splices_(splices),
      members_end_(white_space_begin(bytes, object.end - 1)),
      removed_from_start_to_(white_space_end(bytes, object.value + 1)) {}

std::string& ObjectEditor::replace(const Member& member) {
  return splices_.add(member.value, member.end);
}

void ObjectEditor::remove(const Member& member) {
  if (member.key != removed_from_start_to_) {
    const std::size_t comma = white_space_begin(bytes_, member.key) - 1;
    splices_.add(comma, member.end);
    return;
  }
  // Nothing is left before it: the comma to go is the one behind.
  const std::size_t behind = white_space_end(bytes_, member.end);
  const bool is_last = bytes_[behind] != ',';
  removed_from_start_to_ = is_last ? member.end : white_space_end(bytes_, behind + 1);
  splices_.add(member.key, removed_from_start_to_);
}

std::string& ObjectEditor::append(std::string_view name) {
  // In an object of white space alone its end comes before the first thing that is not.
  const bool is_only_member = appended_ == nullptr && removed_from_start_to_ >= members_end_;
  if (appended_ == nullptr) appended_ = &splices_.add(members_end_, members_end_);
  if (!is_only_member) {
    *appended_ += ',';
    append_separator(*appended_, layout_, layout_.depth);
  }
  append_name(*appended_, name);
  return *appended_ += layout_.colon;
}

ObjectBuilder::ObjectBuilder(const Layout& layout, std::string& out) : layout_(layout), out_(out) {
  out_ += '{';
}

std::string& ObjectBuilder::add(std::string_view name) {
  if (!is_first_) out_ += ',';
  if (!is_first_ || layout_.is_multi_line()) append_separator(out_, layout_, layout_.depth);
  is_first_ = false;
  append_name(out_, name);
  return out_ += layout_.colon;
}

void ObjectBuilder::finish() {
  if (layout_.is_multi_line()) append_separator(out_, layout_, layout_.depth - 1);
  out_ += '}';
}

}  // namespace stage3::state
