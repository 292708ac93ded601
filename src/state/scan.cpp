#include "state/scan.hpp"

namespace stage3::state {
namespace {

std::size_t compound_end(std::string_view bytes, std::size_t at) {
  unsigned depth = 0;
  do {
    const char c = bytes[at];
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    at = c == '"' ? string_end(bytes, at) : at + 1;
  } while (depth > 0);
  return at;
}

std::size_t value_end(std::string_view bytes, std::size_t at) {
  switch (bytes[at]) {
    case '"':
      return string_end(bytes, at);
    case '{':
    case '[':
      return compound_end(bytes, at);
    default:
      return bytes.find_first_of(",}] \n\r\t", at);
  }
}

}  // namespace

std::size_t string_end(std::string_view bytes, std::size_t at) {
  const std::size_t quote = bytes.find('"', at + 1);
  if (bytes[quote - 1] != '\\') return quote + 1;
  for (++at; bytes[at] != '"'; ++at) {
    if (bytes[at] == '\\') ++at;
  }
  return at + 1;
}

bool is_white_space(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

std::size_t white_space_end(std::string_view bytes, std::size_t at) {
  while (is_white_space(bytes[at]))
    ++at;
  return at;
}

std::size_t white_space_begin(std::string_view bytes, std::size_t at) {
  while (is_white_space(bytes[at - 1]))
    --at;
  return at;
}

Member member_at(std::string_view bytes, Offset key) {
  const std::size_t colon = white_space_end(bytes, string_end(bytes, key));
  const std::size_t value = white_space_end(bytes, colon + 1);
  return {key, static_cast<Offset>(value), static_cast<Offset>(value_end(bytes, value))};
}

Member first_member(std::string_view bytes, const Member& object) {
  const std::size_t at = white_space_end(bytes, object.value + 1);
  return bytes[at] == '}' ? Member() : member_at(bytes, static_cast<Offset>(at));
}

Member next_member(std::string_view bytes, const Member& member) {
  const std::size_t at = white_space_end(bytes, member.end);
  if (bytes[at] == '}') return {};
  return member_at(bytes, static_cast<Offset>(white_space_end(bytes, at + 1)));
}

}  // namespace stage3::state
