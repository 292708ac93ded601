#include "rpc/digest.hpp"

#include <cstddef>
#include <utility>

#include "base/sha256.hpp"

namespace stage3::rpc {

namespace {

/// The only user that a Shelly has.
constexpr std::string_view kUser = "admin";

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string out;
  for (const std::string_view part : parts) {
    if (!out.empty()) out += ':';
    out += part;
  }
  return out;
}

std::string count_text(std::uint32_t count) {
  std::string out(8, '0');
  for (std::size_t i = out.size(); i-- > 0; count >>= 4)
    out[i] = "0123456789abcdef"[count & 15];
  return out;
}

void append(std::string& out, const char* name, std::string_view value) {
  out.append(", ").append(name).append("=\"").append(value).append("\"");
}

}  // namespace

DigestLogin::DigestLogin(const Challenge& challenge, std::string_view password, std::string cnonce)
    : secret_hash_(sha256_hex(joined({kUser, challenge.realm, password}))),
      cnonce_(std::move(cnonce)),
      challenge_(challenge) {}

void DigestLogin::renew(const Challenge& challenge) {
  if (!has_nonce(challenge)) count_ = 0;
  challenge_ = challenge;
}

bool DigestLogin::has_nonce(const Challenge& challenge) const {
  return challenge.nonce == challenge_.nonce;
}

std::string DigestLogin::authorize(std::string_view method, std::string_view target) {
  const std::string count = count_text(++count_);
  const std::string response = sha256_hex(joined({secret_hash_, challenge_.nonce, count, cnonce_,
                                                  "auth", sha256_hex(joined({method, target}))}));
  const std::string user =
      challenge_.userhash ? sha256_hex(joined({kUser, challenge_.realm})) : std::string(kUser);
  std::string out = "Digest username=\"" + user + "\"";
  append(out, "realm", challenge_.realm);
  append(out, "nonce", challenge_.nonce);
  append(out, "uri", target);
  append(out, "cnonce", cnonce_);
  out += ", nc=" + count + ", qop=auth, algorithm=SHA-256";
  append(out, "response", response);
  if (challenge_.opaque) append(out, "opaque", *challenge_.opaque);
  if (challenge_.userhash) out += ", userhash=true";
  return out;
}

}  // namespace stage3::rpc
