#include "naive_reader.hpp"

#include <strings.h>

#include <algorithm>

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

bool consume(std::string_view& text, std::string_view word) {
  if (text.substr(0, word.size()) != word) return false;
  text.remove_prefix(word.size());
  return true;
}

}  // namespace

bool NaiveReader::take_line(std::string_view line) {
  size_ += line.size();
  if (size_ > kMost) return false;
  if (!is_in_head_) {
    // What follows a body has no status line.
    is_in_head_ = line.substr(0, 5) == "HTTP/";
    found_.reset();
    fields_ = 0;
    is_odd_ = false;
    if (is_in_head_) challenge_.reset();
  } else if (trimmed(line).empty()) {
    is_in_head_ = false;
    if (fields_ == 1 && !is_odd_) challenge_ = found_;
  } else {
    take_field(line);
  }
  return true;
}

void NaiveReader::take_field(std::string_view line) {
  constexpr std::string_view kName = "WWW-Authenticate:";
  is_odd_ = is_odd_ || line.front() == ' ' || line.front() == '\t';
  if (strncasecmp(line.data(), kName.data(), std::min(line.size(), kName.size())) != 0) return;
  ++fields_;
  found_ = read(trimmed(line.substr(std::min(line.size(), kName.size()))));
  if (is_hasty_ && found_) challenge_ = found_;
}

/// Just as the firmware sends it.
std::optional<NaiveReader::Challenge> NaiveReader::read(std::string_view value) const {
  if (!consume(value, "Digest qop=\"auth\", realm=\"" + realm_ + "\", nonce=\"")) return {};
  const std::string nonce(value.substr(0, value.find('"')));
  if (!consume(value, nonce + "\", algorithm=SHA-256") || nonce.empty()) return {};
  if (!value.empty() && value != ", stale=true") return {};
  return Challenge{nonce, !value.empty()};
}

bool NaiveReader::take_body(std::string_view piece) {
  body_ += piece;
  return body_.size() <= kMost;
}
