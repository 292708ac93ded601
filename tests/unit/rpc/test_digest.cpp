#include "rpc/digest.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>

#include "../../sim/digest.hpp"

using stage3::rpc::Challenge;
using stage3::rpc::DigestLogin;

namespace {

constexpr const char* kCnonce = "000102030405060708090a0b0c0d0e0f";

Challenge a_challenge() {
  Challenge challenge;
  challenge.realm = "shellyplus1-a8032abe54dc";
  challenge.nonce = "642dabce";
  return challenge;
}

std::string random_text(std::mt19937& random, std::size_t most) {
  std::string out(random() % most + 1, ' ');
  for (char& c : out) {
    do
      c = static_cast<char>(' ' + random() % 95);
    while (c == '"' || c == '\\');
  }
  return out;
}

}  // namespace

TEST_CASE("an authorization, letter by letter") {
  DigestLogin login(a_challenge(), "secret", kCnonce);
  CHECK(login.authorize("GET", "/rpc/Shelly.CheckForUpdate") ==
        "Digest username=\"admin\", realm=\"shellyplus1-a8032abe54dc\", nonce=\"642dabce\", "
        "uri=\"/rpc/Shelly.CheckForUpdate\", cnonce=\"000102030405060708090a0b0c0d0e0f\", "
        "nc=00000001, qop=auth, algorithm=SHA-256, "
        "response=\"13ef4342adf7ccd427bbbe135ab595d5bb0c7e4f025c5d26a36fa5c84ff7b74a\"");
}

TEST_CASE("the simulator's other reading of RFC 7616 comes to the same response") {
  std::mt19937 random(7616);
  for (int i = 0; i < 300; ++i) {
    Challenge challenge;
    challenge.realm = random_text(random, 40);
    challenge.nonce = random_text(random, 70);
    if (i % 3 == 0) challenge.opaque = random_text(random, 20);
    const std::string password = random_text(random, 30) + "\"\\\xc3\xbc";
    const std::string target =
        "/rpc/Sys.SetConfig?config=%7B%22x%22%3A" + std::to_string(i) + "%7D";
    const std::string method = i % 2 == 0 ? "GET" : "POST";
    DigestLogin login(challenge, password, kCnonce);
    for (int call = 0; call < 3; ++call) {
      const auto fields = sim::digest_fields(login.authorize(method, target));
      CHECK(fields.at("realm") == challenge.realm);
      CHECK(fields.at("nonce") == challenge.nonce);
      CHECK(fields.at("uri") == target);
      CHECK(fields.count("opaque") == (challenge.opaque ? 1 : 0));
      CHECK(fields.at("response") == sim::digest_response(fields, password, method, target));
    }
  }
}

TEST_CASE("nc counts up from 1, and anew with each nonce") {
  DigestLogin login(a_challenge(), "secret", kCnonce);
  const auto count = [&] { return sim::digest_fields(login.authorize("GET", "/x")).at("nc"); };
  CHECK(count() == "00000001");
  CHECK(count() == "00000002");
  for (int i = 3; i <= 0x11; ++i)
    CHECK(count().size() == 8);
  CHECK(count() == "00000012");
  Challenge other = a_challenge();
  other.nonce = "new";
  login.renew(other);
  const auto fields = sim::digest_fields(login.authorize("GET", "/x"));
  CHECK(fields.at("nc") == "00000001");
  CHECK(fields.at("nonce") == "new");
  CHECK(fields.at("response") == sim::digest_response(fields, "secret", "GET", "/x"));
}

TEST_CASE("an opaque is given back, also an empty one") {
  Challenge challenge = a_challenge();
  challenge.opaque = "";
  CHECK(DigestLogin(challenge, "x", kCnonce).authorize("GET", "/x").find("opaque=\"\"") !=
        std::string::npos);
}

TEST_CASE("the user's name is hashed where the device wants that") {
  Challenge challenge = a_challenge();
  challenge.userhash = true;
  const std::string sent = DigestLogin(challenge, "secret", kCnonce).authorize("GET", "/x");
  const auto fields = sim::digest_fields(sent);
  CHECK(fields.at("username") == sim::sha256_hex("admin:shellyplus1-a8032abe54dc"));
  CHECK(fields.at("userhash") == "true");
  CHECK(fields.at("response") == sim::digest_response(fields, "secret", "GET", "/x"));
}

TEST_CASE("neither the password nor its hash is in it") {
  DigestLogin login(a_challenge(), "secret", kCnonce);
  const std::string sent = login.authorize("GET", "/x");
  CHECK(sent.find("secret") == std::string::npos);
  CHECK(sent.find(sim::sha256_hex("admin:shellyplus1-a8032abe54dc:secret")) == std::string::npos);
}
