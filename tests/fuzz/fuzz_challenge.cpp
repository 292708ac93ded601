// Login challenges, one WWW-Authenticate field a line: what the judge lets pass is read by a client
// as careless as libcurl as just what was judged: SHA-256, qop=auth and our realm.

#include <algorithm>
#include <map>
#include <string>

#include "rpc/challenge.hpp"
#include "target.hpp"

using namespace stage3::fuzz;

namespace {

constexpr const char* kRealm = "shellyplus1-a8032abe54dc";

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

/// Takes the first digest challenge that it finds, wherever that begins, and of each parameter the
/// last value; cuts off what is too long for it and goes on behind the cut.
class CarelessClient {
 public:
  void take(std::string_view field) {
    while (parameters_.empty()) {
      skip_blanks(field);
      if (is_digest(field)) return read(field.substr(kScheme.size()));
      const std::size_t comma = field.find(',');
      if (comma == std::string_view::npos) return;
      field.remove_prefix(comma + 1);
    }
  }

  std::string get(const std::string& name) const {
    const auto found = parameters_.find(name);
    return found == parameters_.end() ? std::string() : found->second;
  }

  bool would_use_qop_auth() const {
    std::string_view list = qop_;
    for (;;) {
      skip_blanks(list);
      const std::size_t comma = std::min(list.find(','), list.size());
      if (lower(list.substr(0, comma)) == "auth") return true;
      if (comma == list.size()) return false;
      list.remove_prefix(comma + 1);
    }
  }

 private:
  static constexpr std::string_view kScheme = "digest";
  static constexpr std::size_t kMaxName = 255;
  static constexpr std::size_t kMaxValue = 1023;

  static bool is_blank(char c) { return c == ' ' || c == '\t'; }
  static void skip_blanks(std::string_view& rest) {
    while (!rest.empty() && is_blank(rest.front()))
      rest.remove_prefix(1);
  }
  static bool is_digest(std::string_view field) {
    if (lower(field.substr(0, kScheme.size())) != kScheme) return false;
    return field.size() == kScheme.size() || field[kScheme.size()] == ',' ||
           is_blank(field[kScheme.size()]);
  }

  void read(std::string_view rest) {
    for (;;) {
      skip_blanks(rest);
      const std::size_t equals = rest.find('=');
      if (equals > kMaxName) return;
      const std::string name = lower(rest.substr(0, equals));
      rest.remove_prefix(equals + 1);
      std::string value;
      if (!read_value(rest, value)) return;
      parameters_[name] = value;
      if (name == "qop") qop_ = value;
      skip_blanks(rest);
      if (!rest.empty() && rest.front() == ',') rest.remove_prefix(1);
    }
  }

  static bool read_value(std::string_view& rest, std::string& value) {
    const bool is_quoted = !rest.empty() && rest.front() == '"';
    if (is_quoted) rest.remove_prefix(1);
    for (std::size_t i = 0; i < kMaxValue && !rest.empty(); ++i) {
      if (rest.front() == '"') {
        if (is_quoted) rest.remove_prefix(1);
        return is_quoted;
      }
      if (rest.front() == ',' && !is_quoted) return true;
      if (rest.front() == '\\' && is_quoted && rest.size() > 1) rest.remove_prefix(1);
      value += rest.front();
      rest.remove_prefix(1);
    }
    return true;
  }

  std::map<std::string, std::string> parameters_;
  std::string qop_;
};

/// The mutant forgives blanks before an equals sign, as a judge may that knows the grammar only.
std::string as_judged(std::string_view field) {
  std::string out(field);
  if (!kMutant) return out;
  for (std::size_t at = out.find(" ="); at != std::string::npos; at = out.find(" ="))
    out.erase(at, 1);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = as_text(data, size);
  stage3::rpc::ChallengeJudge judge(kRealm);
  CarelessClient client;
  while (!rest.empty()) {
    const std::string_view field = next_line(rest);
    judge.take(as_judged(field));
    client.take(field);
  }
  if (!judge.objection().empty()) return 0;
  require(client.get("realm") == kRealm, "a login is for our realm");
  require(lower(client.get("algorithm")) == "sha-256", "a login is SHA-256");
  require(!client.get("nonce").empty(), "a login has the nonce");
  require(client.would_use_qop_auth(), "a login is qop=auth");
  require((lower(client.get("stale")) == "true") == judge.stale(), "stale is what was judged");
  return 0;
}
