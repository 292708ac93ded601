#include "http_request.hpp"

#include <strings.h>

#include <algorithm>
#include <charconv>

namespace sim {
namespace {

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool parse_request_line(std::string_view line, Request& request) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == 0 || last <= first + 1) return false;
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (target.front() != '/' || target.find(' ') != std::string_view::npos) return false;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
  request.method = line.substr(0, first);
  request.target = target;
  const auto mark = target.find('?');
  request.path = target.substr(0, mark);
  request.query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  return true;
}

bool parse_headers(std::string_view head, Request& request) {
  while (!head.empty()) {
    const auto end = head.find("\r\n");
    const std::string_view line = head.substr(0, end);
    head = end == std::string_view::npos ? std::string_view() : head.substr(end + 2);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return false;
    request.headers.emplace_back(line.substr(0, colon), trimmed(line.substr(colon + 1)));
  }
  return true;
}

bool body_length(const Request& request, std::size_t& length) {
  length = 0;
  const std::string* text = request.header("Content-Length");
  if (text == nullptr) return true;
  const char* end = text->data() + text->size();
  const auto result = std::from_chars(text->data(), end, length);
  return result.ec == std::errc() && result.ptr == end && length <= kMaxBodyBytes;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// No request has such a byte in its head; the first one of a TLS handshake is one.
bool is_control(char c) {
  return static_cast<unsigned char>(c) < ' ' && c != '\r' && c != '\n' && c != '\t';
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

const std::string* Request::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (equals_ignoring_case(key, name)) return &value;
  }
  return nullptr;
}

ParseState parse_request(std::string_view bytes, Request& request) {
  request = Request();
  const auto head_end = bytes.find("\r\n\r\n");
  const std::string_view seen = bytes.substr(0, head_end);
  if (std::any_of(seen.begin(), seen.end(), &is_control)) return ParseState::bad;
  if (head_end == std::string_view::npos) {
    return bytes.size() > kMaxHeadBytes ? ParseState::bad : ParseState::incomplete;
  }
  if (head_end > kMaxHeadBytes) return ParseState::bad;
  const std::string_view head = bytes.substr(0, head_end);
  const auto line_end = head.find("\r\n");
  const bool has_headers = line_end != std::string_view::npos;
  if (!parse_request_line(head.substr(0, line_end), request)) return ParseState::bad;
  if (has_headers && !parse_headers(head.substr(line_end + 2), request)) return ParseState::bad;
  std::size_t length = 0;
  if (!body_length(request, length)) return ParseState::bad;
  const std::string_view rest = bytes.substr(head_end + 4);
  if (rest.size() < length) return ParseState::incomplete;
  request.body = rest.substr(0, length);
  return ParseState::complete;
}

bool percent_decode(std::string_view text, std::string& decoded) {
  decoded.clear();
  bool is_valid = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high >= 0 && low >= 0) {
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
        continue;
      }
      is_valid = false;
    }
    decoded += text[i];
  }
  return is_valid;
}

}  // namespace sim
