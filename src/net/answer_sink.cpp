#include "net/answer_sink.hpp"

#include <strings.h>

namespace stage3::net {

namespace {

constexpr std::size_t kUsualBody = 4 * 1024;

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
}

/// The value of the field if the line is this field's.
std::optional<std::string_view> field(std::string_view line, std::string_view name) {
  if (line.size() <= name.size() || line[name.size()] != ':') return std::nullopt;
  if (::strncasecmp(line.data(), name.data(), name.size()) != 0) return std::nullopt;
  return trim(line.substr(name.size() + 1));
}

}  // namespace

void AnswerSink::begin(const std::optional<Login>& login, bool holds_nonce) {
  login_ = login ? &*login : nullptr;
  judge_.reset();
  if (body_.capacity() > kUsualBody) body_ = {};
  body_.clear();
  declined_.clear();
  header_bytes_ = 0;
  status_ = 0;
  holds_nonce_ = holds_nonce;
  login_sent_ = login_ != nullptr && holds_nonce;
  renewed_ = false;
  too_large_ = false;
  stopped_at_challenge_ = false;
  answered_challenge_ = false;
  met_challenge_ = false;
}

bool AnswerSink::take_header(std::string_view line) {
  header_bytes_ += line.size();
  if (header_bytes_ > kMaxHeaders) {
    too_large_ = true;
    return false;
  }
  if (line.substr(0, 5) == "HTTP/") {
    begin_answer(line);
  } else if (judge_) {
    if (const auto challenge = field(line, "WWW-Authenticate")) judge_->take(*challenge);
    if (trim(line).empty()) return end_headers();
  }
  return true;
}

void AnswerSink::begin_answer(std::string_view status_line) {
  status_ = 0;
  const std::size_t space = status_line.find(' ');
  for (std::size_t i = space + 1;
       space != std::string_view::npos && i < space + 4 && i < status_line.size(); ++i)
    if (status_line[i] >= '0' && status_line[i] <= '9')
      status_ = status_ * 10 + (status_line[i] - '0');
  body_.clear();
  answered_challenge_ = false;
  judge_.reset();
  if (status_ != 401) return;
  met_challenge_ = true;
  if (login_ != nullptr)
    judge_.emplace(login_->realm);
  else
    // libcurl remembers the challenge all the same, in place of the one that was judged.
    holds_nonce_ = false;
}

/// The client would answer the challenge once this returns true.
bool AnswerSink::end_headers() {
  const std::string_view objection = judge_->objection();
  // A login that went out and was not taken is answered again only if the device says that just its
  // nonce was too old, and only once: what else comes back is a refusal, and refusals count towards
  // the device's lock-out.
  const bool refused = login_sent_ && (renewed_ || !judge_->stale());
  if (refused || !objection.empty()) {
    if (!login_sent_) declined_ = objection;
    stopped_at_challenge_ = true;
    holds_nonce_ = false;
    return false;
  }
  renewed_ = login_sent_;
  login_sent_ = true;
  holds_nonce_ = true;
  answered_challenge_ = true;
  return true;
}

bool AnswerSink::take_body(std::string_view piece) {
  if (body_.size() + piece.size() > kMaxBody) {
    too_large_ = true;
    return false;
  }
  // At once, since what is left behind by doubling is as much again.
  if (body_.size() + piece.size() > kUsualBody) body_.reserve(kMaxBody);
  body_ += piece;
  return true;
}

}  // namespace stage3::net
