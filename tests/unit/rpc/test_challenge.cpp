#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "rpc/challenge.hpp"

using stage3::rpc::Challenge;
using stage3::rpc::read_challenge;
using stage3::rpc::Unusable;

namespace {

constexpr const char* kRealm = "shellypro3em-e08cfe96ccc4";

std::string objection(const std::vector<std::string>& fields, std::string_view realm = kRealm) {
  const auto answer = read_challenge({fields.begin(), fields.end()}, realm);
  const auto* unusable = std::get_if<Unusable>(&answer);
  return unusable != nullptr ? unusable->why : "";
}

Challenge accepted(const std::string& field) {
  const auto answer = read_challenge({field}, kRealm);
  REQUIRE(std::holds_alternative<Challenge>(answer));
  return std::get<Challenge>(answer);
}

std::string digest(const std::string& rest) {
  return "Digest qop=\"auth\", realm=\"" + std::string(kRealm) + "\", nonce=\"1694692867\"" + rest;
}

}  // namespace

TEST_CASE("what real devices ask may be answered") {
  CHECK(
      objection(
          {R"(Digest qop="auth", realm="shellyplus1-7c87ce7213ec", nonce="642dabce", algorithm=SHA-256)"},
          "shellyplus1-7c87ce7213ec") == "");
  CHECK(
      objection(
          {R"(Digest qop="auth", realm="shellypro3em-e08cfe96ccc4", nonce="1694692867", algorithm=SHA-256)"}) ==
      "");
  CHECK(
      objection(
          {R"(Digest qop="auth", realm="shellypro3em-e08cfe96ccc4", nonce="/8yaagAAAAAYOn2TI31h3W1rohnmJ7102cLOHcSxFsGtDYiqFXHzFAOo75E+mdK4", algorithm=SHA-256)"}) ==
      "");
  // The Wall Display wants its empty opaque back.
  CHECK(
      objection(
          {R"(Digest realm="ShellyWallDisplay-00082261E102", qop="auth", nonce="6f1d", opaque="", algorithm=SHA-256)"},
          "ShellyWallDisplay-00082261E102") == "");
}

TEST_CASE("spelling that HTTP allows makes no difference") {
  CHECK(objection({"DIGEST QOP=auth,REALM=\"" + std::string(kRealm) +
                   "\",NONCE=\"1\",ALGORITHM=\"sha-256\""}) == "");
  CHECK(objection({"Digest  qop=\"auth\" ,\trealm=\"" + std::string(kRealm) +
                   "\" , nonce=\"1\" , algorithm=SHA-256"}) == "");
  CHECK(objection({digest(R"(, algorithm=SHA-256, unknown="a\"b, c=d")")}) == "");
  CHECK(
      objection(
          {R"(Digest qop="auth,auth-int", realm="shellypro3em-e08cfe96ccc4", nonce="1", algorithm=SHA-256)"}) ==
      "");
  CHECK(
      objection(
          {R"(Digest qop="auth-int, auth", realm="shellypro3em-e08cfe96ccc4", nonce="1", algorithm=SHA-256)"}) ==
      "");
}

TEST_CASE("a login never answers a weaker or foreign challenge") {
  CHECK(objection({}) == "no digest challenge");
  CHECK(objection({"Basic realm=\"shellypro3em-e08cfe96ccc4\""}) == "no digest challenge");
  CHECK(objection({"NTLM"}) == "no digest challenge");
  CHECK(objection({"Negotiate"}) == "no digest challenge");
  CHECK(objection({"Bearer realm=\"x\""}) == "no digest challenge");
  CHECK(objection({""}) == "no digest challenge");
  CHECK(objection({digest("")}) == "challenge is not SHA-256");
  CHECK(objection({digest(", algorithm=MD5")}) == "challenge is not SHA-256");
  CHECK(objection({digest(", algorithm=SHA-256-sess")}) == "challenge is not SHA-256");
  CHECK(objection({digest(", algorithm=SHA-512-256")}) == "challenge is not SHA-256");
  CHECK(
      objection(
          {R"(Digest qop="auth", realm="shellypro3em-000000000000", nonce="1", algorithm=SHA-256)"}) ==
      "challenge is for another realm");
  CHECK(
      objection(
          {R"(Digest qop="auth", realm="SHELLYPRO3EM-E08CFE96CCC4", nonce="1", algorithm=SHA-256)"}) ==
      "challenge is for another realm");
  CHECK(objection({R"(Digest qop="auth", nonce="1", algorithm=SHA-256)"}) ==
        "challenge is for another realm");
  CHECK(objection({R"(Digest qop="auth", realm="", nonce="1", algorithm=SHA-256)"}, "") ==
        "challenge is for another realm");
  CHECK(objection({R"(Digest qop="auth", realm="shellypro3em-e08cfe96ccc4", algorithm=SHA-256)"}) ==
        "challenge has no nonce");
  CHECK(
      objection(
          {R"(Digest qop="auth", realm="shellypro3em-e08cfe96ccc4", nonce="", algorithm=SHA-256)"}) ==
      "challenge has no nonce");
  for (const char* qop : {"qop=\"auth-int\"", "qop=\"\"", "x=y"}) {
    CAPTURE(qop);
    CHECK(objection({"Digest " + std::string(qop) + ", realm=\"" + kRealm +
                     "\", nonce=\"1\", algorithm=SHA-256"}) == "challenge does not offer qop=auth");
  }
}

TEST_CASE("a device that has no realm gets no login") {
  CHECK(objection({R"(Digest qop="auth", realm="", nonce="1", algorithm=SHA-256)"}, "") ==
        "challenge is for another realm");
}

TEST_CASE("a Basic challenge beside the digest does no harm, since only digest is ever answered") {
  CHECK(objection({"Basic realm=\"x\"", digest(", algorithm=SHA-256")}) == "");
  CHECK(objection({digest(", algorithm=SHA-256"), "NTLM"}) == "");
}

TEST_CASE("what two readers could understand differently is not answered") {
  const std::string good = digest(", algorithm=SHA-256");
  CHECK(objection({good, good}) == "more than one digest challenge");
  CHECK(objection({digest(", algorithm=MD5"), good}) != "");
  CHECK(objection({good, digest(", algorithm=MD5")}) == "more than one digest challenge");
  CHECK(objection({"Basic realm=\"x\", " + good}) == "challenge cannot be read");
  CHECK(objection({"Basic realm=\"x\", " + good, good}) == "challenge cannot be read");
  CHECK(objection({"Digest\x7f" + good.substr(6)}) != "");
  CHECK(objection({good + ", opaque=a\x7f"}) == "challenge cannot be read");
  CHECK(objection({good + ", Basic realm=\"x\""}) == "challenge cannot be read");
  CHECK(objection({good + ", " + good}) == "challenge cannot be read");
  CHECK(objection({digest(", algorithm=SHA-256, algorithm=MD5")}) == "challenge cannot be read");
  CHECK(objection({digest(", algorithm=SHA-256, realm=\"other\"")}) == "challenge cannot be read");
  CHECK(objection({digest(" algorithm=SHA-256")}) == "challenge cannot be read");
}

TEST_CASE("what a device does not write is not answered") {
  CHECK(objection({digest(", algorithm =SHA-256")}) == "challenge cannot be read");
  CHECK(objection({digest(", algorithm= SHA-256")}) == "challenge cannot be read");
  CHECK(objection({digest(", algorithm=SHA-256 , opaque=\"\"")}) == "challenge cannot be read");
  CHECK(objection({"Digest realm =\"" + std::string(kRealm) +
                   "\", qop=\"auth\", nonce=\"1\", algorithm=SHA-256"}) ==
        "challenge cannot be read");
  CHECK(objection({"Digest realm=\"" + std::string(kRealm) +
                   "\", qop=\"auth \", nonce=\"1\", algorithm=SHA-256"}) ==
        "challenge does not offer qop=auth");
  const auto with_opaque = [](std::size_t length) {
    return digest(", algorithm=SHA-256, opaque=\"" + std::string(length, 'x') + "\"");
  };
  CHECK(objection({with_opaque(255)}) == "");
  CHECK(objection({with_opaque(256)}) == "challenge cannot be read");
  const std::string long_name(256, 'x');
  CHECK(objection({digest(", algorithm=SHA-256, " + long_name + "=1")}) ==
        "challenge cannot be read");
}

TEST_CASE("malformed challenges are not answered") {
  for (const char* text :
       {"Digest", "Digest ", "Digest =", "Digest realm", "Digest realm=", "Digest realm=\"x",
        "Digest realm=\"x\\", "Digest realm=\"x\" nonce=\"y\"", "Digest ,", "Digest \"realm\"=x",
        "Digest realm==x", "Digest realm=\"x\"\"y\""}) {
    CAPTURE(text);
    CHECK(objection({text}) != "");
  }
}

TEST_CASE("what the login needs of a challenge") {
  const Challenge plain = accepted(digest(", algorithm=SHA-256"));
  CHECK(plain.realm == kRealm);
  CHECK(plain.nonce == "1694692867");
  CHECK_FALSE(plain.opaque);
  CHECK_FALSE(plain.userhash);
  CHECK_FALSE(plain.stale);
  CHECK(accepted(digest(", algorithm=SHA-256, opaque=\"\"")).opaque == "");
  CHECK(accepted(digest(", algorithm=SHA-256, opaque=\"x y\"")).opaque == "x y");
  CHECK(accepted(digest(", algorithm=SHA-256, userhash=true")).userhash);
  CHECK_FALSE(accepted(digest(", algorithm=SHA-256, userhash=false")).userhash);
  CHECK_FALSE(accepted(digest(", algorithm=SHA-256, stale=false")).stale);
  CHECK(accepted(digest(", algorithm=SHA-256, stale=true")).stale);
  CHECK(accepted(digest(", algorithm=SHA-256, stale=\"TRUE\"")).stale);
}

TEST_CASE("what cannot be given back as it is, is not answered") {
  for (const char* nonce : {"a\\\"b", "a\\\\b",
                            "a\x01"
                            "b",
                            "a\rb", "a\x7f", "\xc3\xbc"}) {
    CAPTURE(nonce);
    const std::string rest = ", algorithm=SHA-256";
    CHECK(objection({"Digest qop=\"auth\", realm=\"" + std::string(kRealm) + "\", nonce=\"" +
                     nonce + "\"" + rest}) == "challenge cannot be read");
    CHECK(objection({digest(rest + ", opaque=\"" + nonce + "\"")}) == "challenge cannot be read");
  }
  CHECK(objection({"Digest qop=\"auth\", realm=\"a\\\"b\", nonce=\"1\", algorithm=SHA-256"},
                  "a\"b") == "challenge cannot be read");
}
