#include "rpc/challenge.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace stage3::rpc {

namespace {

constexpr const char* kUnreadable = "challenge cannot be read";

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// Reads RFC 7235 auth-params from left to right. Stricter than that: no blanks around an equals
/// sign nor behind a value without quotes, and nothing longer than a device writes.
class ParameterReader {
 public:
  explicit ParameterReader(std::string_view text) : rest_(text) {}

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
std::optional<std::map<std::string, std::string>> read_parameters(ParameterReader& text) {
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

bool offers_auth(std::string_view qop) {
  for (;;) {
    const std::string_view word = qop.substr(0, qop.find(','));
    if (lower(word.substr(std::min(word.find_first_not_of(" \t"), word.size()))) == "auth")
      return true;
    if (word.size() == qop.size()) return false;
    qop.remove_prefix(word.size() + 1);
  }
}

/// What may stand between quotes in the answer as it is.
bool is_plain(const std::string& text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; });
}

bool is_true(const std::optional<std::string>& value) {
  return value && lower(*value) == "true";
}

Answer<Challenge> judge(const std::map<std::string, std::string>& parameters,
                        std::string_view realm) {
  const auto find = [&](const char* name) {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::optional<std::string>() : found->second;
  };
  const Challenge challenge{find("realm").value_or(""), find("nonce").value_or(""), find("opaque"),
                            is_true(find("userhash")), is_true(find("stale"))};
  if (lower(find("algorithm").value_or("")) != "sha-256")
    return Unusable{"challenge is not SHA-256"};
  if (realm.empty() || challenge.realm != realm) return Unusable{"challenge is for another realm"};
  if (challenge.nonce.empty()) return Unusable{"challenge has no nonce"};
  if (!offers_auth(find("qop").value_or(""))) return Unusable{"challenge does not offer qop=auth"};
  if (!is_plain(challenge.realm) || !is_plain(challenge.nonce) ||
      !is_plain(challenge.opaque.value_or("")))
    return Unusable{kUnreadable};
  return challenge;
}

}  // namespace

Answer<Challenge> read_challenge(const std::vector<std::string_view>& fields,
                                 std::string_view realm) {
  std::optional<ParameterReader> digest;
  for (const std::string_view field : fields) {
    ParameterReader text(field);
    if (lower(text.token()) == "digest") {
      if (digest) return Unusable{"more than one digest challenge"};
      digest = text;
    } else if (lower(field).find("digest") != std::string::npos) {
      // A list of challenges in one field: a digest behind another scheme.
      return Unusable{kUnreadable};
    }
  }
  if (!digest) return Unusable{"no digest challenge"};
  const auto parameters = read_parameters(*digest);
  return parameters ? judge(*parameters, realm) : Unusable{kUnreadable};
}

}  // namespace stage3::rpc
