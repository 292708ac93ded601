#include "scripted_world.hpp"

#include "scripted_policy.hpp"
#include "target.hpp"

namespace stage3::fuzz {

namespace {

std::string info(const std::string& mac, const std::string& more) {
  return R"({"id":")" + std::string(kId) + R"(","mac":")" + mac +
         R"(","gen":2,"fw_id":"20260101-100000/1.7.0-g0","ver":"1.7.0","app":"Plus1")" + more + "}";
}

/// What a device that needs all that can be done for it says.
std::string usual_body(std::string_view target) {
  if (target == "/rpc/Shelly.GetDeviceInfo") return info(kMac, R"(,"name":"Alt")");
  if (target == "/rpc/Sys.GetConfig") return R"({"device":{"name":"Alt"}})";
  if (target == "/rpc/Shelly.CheckForUpdate") {
    return R"({"stable":{"version":"1.7.5"},"beta":{"version":"2.0.0-beta1"}})";
  }
  return "{}";
}

std::string other_body(char which) {
  switch (which) {
    case 'n':
      return info(kMac, R"(,"name":"Neu")");
    case 'w':  // like a Wall Display: the name is in another answer
      return info(kMac, "");
    case 'p':
      return info(kMac, R"(,"auth_en":true,"name":null)");
    case 'o':  // old: takes parameters in a body once it is protected
      return R"({"id":"x","mac":"A8032ABE54DC","gen":2,"ver":"1.0.0","auth_en":true,"name":""})";
    case 's':
      return info(kStranger, R"(,"name":"Neu")");
    case 'a':
      return info(kAlias, R"(,"name":"Alt")");
    case '1':
      return R"({"type":"SHSW-1","mac":"A8032ABE54DC"})";
    case 'c':
      return R"({"device":{"name":"Neu","mac":"A8032ABE54DC"}})";
    case 'S':
      return R"({"device":{"name":null,"mac":"34945472A643"}})";
    case 'u':
      return R"({"stable":{"version":"1.7.0"}})";
    case 'v':
      return R"({"stable":{"version":"next"}})";
    case 'e':
      return R"({"code":-103,"message":"Invalid argument"})";
    case 'j':
      return "{";
    default:
      return "{}";
  }
}

struct Failed {
  char how;
  int status;
  Cause cause;
};
constexpr Failed kFailed[] = {{'r', 0, Cause::refused},   {'t', 0, Cause::timeout},
                              {'T', 200, Cause::timeout}, {'z', 200, Cause::closed},
                              {'Z', 0, Cause::closed},    {'m', 0, Cause::malformed},
                              {'L', 0, Cause::local},     {'B', 200, Cause::too_large}};

std::string_view challenge_of(char how) {
  static const std::string kGood = "Digest qop=\"auth\", realm=\"" + std::string(kId) +
                                   "\", nonce=\"642dabce\", algorithm=SHA-256";
  static const std::string kStale = kGood + ", stale=true";
  switch (how) {
    case 'a':
      return kGood;
    case 'A':
      return kStale;
    case 'D':
      return "Digest qop=\"auth\", realm=\"evil\", nonce=\"1\", algorithm=MD5, stale=true";
    default:
      return {};
  }
}

int status_of(char how) {
  switch (how) {
    case 'a':
    case 'A':
    case 'D':
    case 'N':
      return 401;
    case 'y':
      return 429;
    case 'g':
      return 404;
    case 'e':
      return 500;
    case 'u':
      return 503;
    case 'h':
      return 302;
    default:
      return 200;
  }
}

}  // namespace

std::string Script::Turn::body_for(const Call& call) const {
  if (body_.empty()) return usual_body(call.target);
  if (body_.front() == '@') return other_body(body_.size() > 1 ? body_[1] : ' ');
  return std::string(body_);
}

Reply Script::Turn::reply_to(std::string_view body) const {
  Reply reply;
  reply.body = body;
  reply.status = status_of(how_);
  for (const Failed& failed : kFailed) {
    if (failed.how != how_) continue;
    reply.status = failed.status;
    reply.failure = failed.cause;
  }
  const std::string_view challenge = challenge_of(how_);
  if (!challenge.empty()) reply.challenges.push_back(challenge);
  return reply;
}

Script::Turn Script::next() {
  return Turn(next_line(rest_));
}

}  // namespace stage3::fuzz
