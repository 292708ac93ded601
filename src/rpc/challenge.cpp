#include "rpc/challenge.hpp"

#include <map>
#include <optional>

namespace stage3::rpc {

namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// Reads RFC 7235 auth-params from left to right.
class Parameters {
 public:
  explicit Parameters(std::string_view text) : rest_(text) {}

  std::string_view token() {
    skip_space();
    std::size_t length = 0;
    while (length < rest_.size() && is_token(rest_[length]))
      ++length;
    return take(length);
  }

  bool consume(char c) {
    skip_space();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  std::optional<std::string> value() {
    if (!consume('"')) {
      const std::string_view plain = token();
      return plain.empty() ? std::nullopt : std::optional<std::string>(plain);
    }
    std::string out;
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty()) return std::nullopt;
      out += rest_.front();
      rest_.remove_prefix(1);
    }
    return consume('"') ? std::optional<std::string>(out) : std::nullopt;
  }

  bool at_end() {
    skip_space();
    return rest_.empty();
  }

 private:
  static bool is_token(char c) {
    return c > ' ' && c < '\x7f' &&
           std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  }
  void skip_space() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t'))
      rest_.remove_prefix(1);
  }
  std::string_view take(std::size_t length) {
    const std::string_view out = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return out;
  }

  std::string_view rest_;
};

/// Name (lower case) -> value; none if the text is not a list of distinct parameters.
std::optional<std::map<std::string, std::string>> read_parameters(Parameters& text) {
  std::map<std::string, std::string> out;
  while (!text.at_end()) {
    const std::string name = lower(text.token());
    if (name.empty() || !text.consume('=')) return std::nullopt;
    const std::optional<std::string> value = text.value();
    if (!value || !out.emplace(name, *value).second) return std::nullopt;
    if (!text.consume(',') && !text.at_end()) return std::nullopt;
  }
  return out;
}

bool offers_auth(const std::string& qop) {
  Parameters list(qop);
  do {
    if (lower(list.token()) == "auth") return true;
  } while (list.consume(','));
  return false;
}

/// Empty: `parameters` are those of a challenge that a login may answer.
std::string object_to(const std::map<std::string, std::string>& parameters,
                      const std::string& realm) {
  const auto get = [&](const char* name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
  };
  if (lower(get("algorithm")) != "sha-256") return "challenge is not SHA-256";
  if (realm.empty() || get("realm") != realm) return "challenge is for another realm";
  if (get("nonce").empty()) return "challenge has no nonce";
  if (!offers_auth(get("qop"))) return "challenge does not offer qop=auth";
  return {};
}

}  // namespace

void ChallengeJudge::take(std::string_view value) {
  Parameters text(value);
  const std::string scheme = lower(text.token());
  if (scheme != "digest") {
    // Never answered. But a list of challenges in one field could hide a digest from this look that
    // a client finds.
    if (lower(value).find("digest") != std::string::npos) objection_ = "challenge cannot be read";
    return;
  }
  if (digest_seen_) {
    objection_ = "more than one digest challenge";
    return;
  }
  digest_seen_ = true;
  const auto parameters = read_parameters(text);
  if (!parameters) {
    objection_ = "challenge cannot be read";
    return;
  }
  const auto stale = parameters->find("stale");
  stale_ = stale != parameters->end() && lower(stale->second) == "true";
  if (objection_.empty()) objection_ = object_to(*parameters, realm_);
}

std::string_view ChallengeJudge::objection() const noexcept {
  if (!digest_seen_ && objection_.empty()) return "no digest challenge";
  return objection_;
}

}  // namespace stage3::rpc
