#include "net/answer_sink.hpp"

#include <strings.h>

#include <optional>

#include "base/text.hpp"

namespace stage3::net {

namespace {

constexpr std::size_t kUsualBody = 4 * 1024;
constexpr std::string_view kBlanks = " \t";

std::string_view without_line_end(std::string_view line) {
  if (!line.empty() && line.back() == '\n') line.remove_suffix(1);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  return line;
}

/// The status in `HTTP/1.1 200 OK`, written just like that: a digit, three digits, one blank each.
std::optional<int> read_status(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kStatusAt = kVersion.size() + 2;
  if (line.substr(0, kVersion.size()) != kVersion || line.size() < kStatusAt + 3)
    return std::nullopt;
  const std::string_view digits = line.substr(kStatusAt, 3);
  const bool is_plain = is_digit(line[kStatusAt - 2]) && line[kStatusAt - 1] == ' ' &&
                        is_digit(digits[0]) && is_digit(digits[1]) && is_digit(digits[2]) &&
                        (line.size() == kStatusAt + 3 || line[kStatusAt + 3] == ' ');
  if (!is_plain) return std::nullopt;
  return (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
}

/// To some readers the line ends in its middle.
bool is_cut(std::string_view line) {
  return line.find('\r') != std::string_view::npos || line.find('\0') != std::string_view::npos;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

bool is_field(std::string_view name, std::string_view wanted) {
  return name.size() == wanted.size() &&
         ::strncasecmp(name.data(), wanted.data(), name.size()) == 0;
}

constexpr std::size_t kMaxLocation = 1024;

const std::string kNoText;

}  // namespace

void AnswerSink::begin() {
  if (body_.capacity() > kUsualBody) body_ = {};
  body_.clear();
  challenges_.clear();
  location_.clear();
  locations_ = 0;
  header_bytes_ = 0;
  header_lines_ = 0;
  expects_ = Expects::status_line;
  is_interim_ = false;
  objection_ = Objection::none;
}

bool AnswerSink::stop(Objection why) {
  objection_ = why;
  return false;
}

bool AnswerSink::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaders || ++header_lines_ > kMaxHeaderLines)
    return stop(Objection::too_large);
  const std::string_view text = without_line_end(line);
  switch (expects_) {
    case Expects::status_line:
      return take_status_line(text);
    case Expects::field:
      return take_field(text);
    case Expects::body:
      // Trailers behind a chunked body say nothing that anybody needs.
      return true;
  }
  return true;
}

bool AnswerSink::take_status_line(std::string_view line) {
  const std::optional<int> status = read_status(line);
  if (!status) return stop(Objection::malformed);
  // 101 leads to another protocol, and no other answer comes.
  is_interim_ = *status / 100 == 1 && *status != 101;
  expects_ = Expects::field;
  return true;
}

bool AnswerSink::take_field(std::string_view line) {
  if (line.empty()) {
    end_block();
    return true;
  }
  // A line that begins with a blank goes on with the one before: no device sends it, nobody may
  // (RFC 9112, 5.2), and what it makes of a field depends on the reader.
  const bool is_folded = line.front() == ' ' || line.front() == '\t';
  if (is_folded || is_cut(line)) return stop(Objection::malformed);
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return true;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (is_field(name, "WWW-Authenticate")) challenges_.emplace_back(value);
  if (is_field(name, "Location")) take_location(value);
  return true;
}

void AnswerSink::take_location(std::string_view value) {
  if (++locations_ == 1 && value.size() <= kMaxLocation)
    location_ = value;
  else
    location_.clear();
}

void AnswerSink::end_block() {
  expects_ = is_interim_ ? Expects::status_line : Expects::body;
  if (!is_interim_) return;
  challenges_.clear();
  location_.clear();
  locations_ = 0;
}

const std::string& AnswerSink::location() const noexcept {
  return has_header() ? location_ : kNoText;
}

const std::vector<std::string>& AnswerSink::challenges() const noexcept {
  static const std::vector<std::string> kNone;
  return has_header() ? challenges_ : kNone;
}

bool AnswerSink::take_body(std::string_view piece) {
  if (body_.size() + piece.size() > kMaxBody) return stop(Objection::too_large);
  // At once, since what is left behind by doubling is as much again.
  if (body_.size() + piece.size() > kUsualBody) body_.reserve(kMaxBody);
  body_ += piece;
  return true;
}

}  // namespace stage3::net
