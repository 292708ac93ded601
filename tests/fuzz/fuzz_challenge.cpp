// The header of an answer with a login challenge, as it comes over the wire. Sink, judge and login
// are driven together: where a login is made, a client that reads the same bytes carelessly sees
// just what was judged, in a header that has come to its end: SHA-256, qop=auth and our realm.

#include <algorithm>
#include <map>
#include <optional>
#include <string>

#include "net/answer_sink.hpp"
#include "rpc/challenge.hpp"
#include "rpc/digest.hpp"
#include "target.hpp"

using namespace stage3::fuzz;

namespace {

constexpr const char* kRealm = "shellyplus1-a8032abe54dc";
constexpr std::string_view kField = "www-authenticate:";

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

/// What a careless reader finds in the header that counts: the first that is no interim one.
struct Seen {
  bool ended = false;
  std::string status;
  CarelessClient client;
};

Seen read_carelessly(std::string_view wire) {
  Seen seen;
  bool in_block = false;
  while (!wire.empty()) {
    const bool has_end = wire.find('\n') != std::string_view::npos;
    std::string_view line = next_line(wire);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (!in_block) {
      seen.status = line.substr(std::min(line.find_first_of(" \t"), line.size()));
      in_block = true;
    } else if (line.empty()) {
      in_block = false;
      const bool is_interim =
          seen.status.substr(0, 2) == " 1" && seen.status.substr(0, 4) != " 101";
      seen.ended = has_end && !is_interim;
      if (seen.ended) return seen;
      seen.client = {};
    } else if (lower(line.substr(0, kField.size())) == kField) {
      // Blanks at the end are not the value's (RFC 9110, 5.5).
      seen.client.take(line.substr(0, line.find_last_not_of(" \t") + 1).substr(kField.size()));
    }
  }
  return seen;
}

/// What is made of the same bytes, handed over as the HTTP client does, a line at a time once it
/// is whole. The mutant
/// takes a header that breaks off for one that has ended.
std::optional<stage3::rpc::Challenge> judged(std::string_view wire) {
  stage3::net::AnswerSink sink;
  sink.begin();
  for (std::size_t end = wire.find('\n'); end != wire.npos && !sink.has_header();
       end = wire.find('\n')) {
    if (!sink.take_header(wire.substr(0, end + 1))) return std::nullopt;
    wire.remove_prefix(end + 1);
  }
  if (kMutant) sink.take_header("\r\n");
  const auto& fields = sink.challenges();
  const auto answer = stage3::rpc::read_challenge({fields.begin(), fields.end()}, kRealm);
  const auto* challenge = std::get_if<stage3::rpc::Challenge>(&answer);
  return challenge != nullptr ? std::optional(*challenge) : std::nullopt;
}

void judge_login(const stage3::rpc::Challenge& challenge) {
  constexpr const char* kPassword = "k4nari";
  stage3::rpc::DigestLogin login(challenge, kPassword, "00ff");
  const std::string sent = login.authorize("GET", "/x");
  const bool is_plain = std::all_of(sent.begin(), sent.end(),
                                    [](char c) { return c >= ' ' && c < '\x7f' && c != '\\'; });
  require(is_plain, "a login is one line of plain text");
  require(std::count(sent.begin(), sent.end(), '"') % 2 == 0, "quotes are closed");
  require(sent.find("realm=\"" + std::string(kRealm) + "\"") != std::string::npos, "our realm");
  require(sent.find(kPassword) == std::string::npos, "no password is in it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view wire = as_text(data, size);
  const auto challenge = judged(wire);
  if (!challenge) return 0;
  const Seen seen = read_carelessly(wire);
  require(seen.ended, "a login follows a header that has ended");
  // The status is the HTTP client's to say; the sink lets only one pass that is written plainly.
  require(seen.status.size() >= 4 && seen.status[0] == ' ' && seen.status[1] != ' ',
          "a status line is written in one way");
  require(seen.client.get("realm") == kRealm, "a login is for our realm");
  require(lower(seen.client.get("algorithm")) == "sha-256", "a login is SHA-256");
  require(seen.client.get("nonce") == challenge->nonce, "a login has the nonce");
  require(seen.client.would_use_qop_auth(), "a login is qop=auth");
  require((lower(seen.client.get("stale")) == "true") == challenge->stale,
          "stale is what was judged");
  judge_login(*challenge);
  return 0;
}
