#include "rpc/challenge.hpp"

#include <algorithm>
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

/// Reads RFC 7235 auth-params from left to right. Stricter than that where libcurl reads something
/// else: blanks around an equals sign or behind a value without quotes become part of the name or
/// value there (and `algorithm =SHA-256` is MD5), and what is too long is cut, its rest read as
/// further parameters.
class Parameters {
 public:
  explicit Parameters(std::string_view text) : rest_(text) {}

  std::string_view token() {
    skip_space();
    return token_here();
  }

  bool consume(char c) {
    skip_space();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// A name with an equals sign right behind it, which is left for value(); empty: there is none.
  std::string_view name() {
    const std::string_view name = token();
    return name.size() <= kMaxLength && starts_with('=') ? name : std::string_view();
  }

  std::optional<std::string> value() {
    rest_.remove_prefix(1);
    const std::optional<std::string> value = starts_with('"') ? quoted() : plain();
    return value && value->size() <= kMaxLength ? value : std::nullopt;
  }

  bool at_end() {
    skip_space();
    return rest_.empty();
  }

 private:
  static constexpr std::size_t kMaxLength = 255;

  std::optional<std::string> plain() {
    const std::string_view value = token_here();
    const bool ends = rest_.empty() || rest_.front() == ',';
    return value.empty() || !ends ? std::nullopt : std::optional<std::string>(value);
  }

  std::optional<std::string> quoted() {
    rest_.remove_prefix(1);
    std::string out;
    while (!rest_.empty() && rest_.front() != '"') {
      if (rest_.front() == '\\') rest_.remove_prefix(1);
      if (rest_.empty()) return std::nullopt;
      out += rest_.front();
      rest_.remove_prefix(1);
    }
    return consume('"') ? std::optional<std::string>(out) : std::nullopt;
  }

  bool starts_with(char c) const { return !rest_.empty() && rest_.front() == c; }

  static bool is_token(char c) {
    return c > ' ' && c < '\x7f' &&
           std::string_view("()<>@,;:\\\"/[]?={}").find(c) == std::string_view::npos;
  }
  void skip_space() {
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t'))
      rest_.remove_prefix(1);
  }
  std::string_view token_here() {
    std::size_t length = 0;
    while (length < rest_.size() && is_token(rest_[length]))
      ++length;
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
    const std::string name = lower(text.name());
    if (name.empty()) return std::nullopt;
    const std::optional<std::string> value = text.value();
    if (!value || !out.emplace(name, *value).second) return std::nullopt;
    if (!text.consume(',') && !text.at_end()) return std::nullopt;
  }
  return out;
}

/// Without blanks behind the words: libcurl does not know `auth ` and leaves the qop out.
bool offers_auth(std::string_view qop) {
  for (;;) {
    const std::string_view word = qop.substr(0, qop.find(','));
    if (lower(word.substr(std::min(word.find_first_not_of(" \t"), word.size()))) == "auth")
      return true;
    if (word.size() == qop.size()) return false;
    qop.remove_prefix(word.size() + 1);
  }
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
