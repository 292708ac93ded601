// Logins that are asked for, rightly and wrongly.

#include "challenges.hpp"

#include <cstdio>
#include <iterator>
#include <string_view>

#include "../../shelly/shelly.hpp"

namespace answers {

namespace {

// @ stands for the device's realm, $ for a nonce.
const std::string_view kWrong[] = {
    R"(Digest qop="auth", realm="evil", nonce="$", algorithm=MD5)",
    R"(Digest qop="auth", realm="evil", nonce="$", algorithm=SHA-256)",
    R"(Digest qop="auth", realm="@", nonce="$", algorithm=MD5)",
    R"(Digest qop="auth", realm="@", nonce="$")",
    R"(Digest realm="@", nonce="$")",
    R"(Digest realm="evil", nonce="$")",
    R"(Digest qop="auth", realm="@", nonce="$", algorithm=MD5-sess)",
    R"(Digest qop="auth", realm="@", nonce="$", algorithm=SHA-256-sess)",
    R"(Digest qop="auth", realm="@", nonce="$", algorithm=SHA-512-256)",
    R"(Digest qop="auth", realm="", nonce="$", algorithm=SHA-256)",
    R"(Digest qop="auth", nonce="$", algorithm=SHA-256)",
    R"(Digest qop="auth", realm="@ ", nonce="$", algorithm=SHA-256)",
    R"(Digest qop="auth", realm="@\"", nonce="$", algorithm=SHA-256)",
    R"(Digest qop="auth", realm="@", realm="evil", nonce="$", algorithm=SHA-256)",
    R"(Digest qop="auth", realm="evil", realm="@", nonce="$", algorithm=SHA-256)",
    R"(Digest qop="auth", realm="@", nonce="$", algorithm=SHA-256, algorithm=MD5)",
    R"(Digest qop="auth", realm="@", nonce="$", algorithm =SHA-256)",
    R"(Digest qop="auth", realm="@", nonce="$", algorithm=SHA-256 x)",
    R"(Digest qop="auth" realm="@" nonce="$" algorithm=SHA-256)",
    R"(Digest qop="auth", realm="@", algorithm=SHA-256, nonce="$)",
    R"(Digest qop="auth-int", realm="@", nonce="$", algorithm=SHA-256)",
    R"(Digest realm="@", nonce="$", algorithm=SHA-256)",
    R"(Digest qop="auth", realm="@", nonce="$", algorithm=SHA-256, Basic realm="@")",
    R"(Basic realm="@", Digest qop="auth", realm="@", nonce="$", algorithm=SHA-256)",
    R"(Basic realm="@", Digest qop="auth", realm="evil", nonce="$", algorithm=MD5)",
    R"(Digest qop="auth", realm="evil", nonce="$", algorithm=MD5, Digest realm="@")",
    R"(DigestX qop="auth", realm="@", nonce="$", algorithm=SHA-256)",
    R"(Digest)",
    R"(Basic realm="@")",
    R"(NTLM)",
    R"(Negotiate)",
    R"(Bearer realm="@")",
    R"()",
};

const std::string_view kSpelled[] = {
    R"(digest qop="auth", realm="@", nonce="$", algorithm=SHA-256)",
    R"(DIGEST QOP="auth", REALM="@", NONCE="$", ALGORITHM=sha-256)",
    R"(Digest algorithm="SHA-256", nonce="$", realm="@", qop="auth")",
    R"(Digest qop=auth, realm=@, nonce="$", algorithm=SHA-256)",
    R"(Digest qop="auth, auth-int", realm="@", nonce="$", algorithm=SHA-256)",
    R"(Digest qop="auth", realm="@", nonce="$", algorithm=SHA-256, opaque="x", domain="/")",
    R"(Digest qop="auth",realm="@",nonce="$",algorithm=SHA-256,charset=UTF-8)",
    R"(Digest  qop="auth" ,	realm="@" , nonce="$" , algorithm=SHA-256)",
    R"(Digest qop="auth", realm="@", nonce="$", algorithm=SHA-256, stale=false)",
    R"(Digest qop="auth", realm="@", nonce="$", algorithm=SHA-256,)",
    R"(Digest qop="auth", realm="@", nonce="a\"$", algorithm=SHA-256)",
};

std::string filled_in(std::string_view form, const std::string& realm, const std::string& nonce) {
  std::string out;
  for (const char c : form) {
    if (c == '@')
      out += realm;
    else if (c == '$')
      out += nonce;
    else
      out += c;
  }
  return out;
}

}  // namespace

std::string Challenger::next_nonce(Answer& answer, bool is_good, bool is_stale) {
  char text[32];
  std::snprintf(text, sizeof text, "%012llx%04x", static_cast<unsigned long long>(seed_),
                ++issued_);
  answer.challenges.push_back({text, is_good, is_stale});
  return text;
}

void Challenger::add_good(Answer& answer, bool is_stale) {
  const std::string nonce = next_nonce(answer, true, is_stale);
  const std::string rest = std::string(shelly::kSha256) + (is_stale ? ", stale=true" : "");
  answer.add_field("WWW-Authenticate: " + shelly::challenge(realm_, nonce, rest));
}

void Challenger::add_spelled(Answer& answer, Dice& dice) {
  answer.become(Head::odd);
  const std::string_view form = dice.of(kSpelled);
  const std::string nonce = next_nonce(answer, true);
  if (form.find("a\\\"") != std::string_view::npos) answer.challenges.back().nonce = "a\"" + nonce;
  answer.add_field("WWW-Authenticate: " + filled_in(form, realm_, nonce));
}

std::string Challenger::wrong(Answer& answer, std::size_t number) {
  return "WWW-Authenticate: " +
         filled_in(kWrong[number % std::size(kWrong)], realm_, next_nonce(answer, false));
}

std::size_t Challenger::wrong_count() {
  return std::size(kWrong);
}

void Challenger::add_wrong(Answer& answer, Dice& dice) {
  const std::string field = wrong(answer, dice.below(std::size(kWrong)));
  const std::size_t place = 1 + dice.below(answer.lines.size() - 1);
  answer.lines.insert(answer.lines.begin() + static_cast<std::ptrdiff_t>(place), {field});
}

}  // namespace answers
