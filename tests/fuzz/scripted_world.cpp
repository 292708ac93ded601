#include "scripted_world.hpp"

#include <optional>

#include "../shelly/shelly.hpp"
#include "scripted_policy.hpp"
#include "target.hpp"

namespace stage3::fuzz {

namespace {

shelly::Device device(const char* mac, const char* name) {
  shelly::Device device;
  device.mac = mac;
  device.name = name;
  device.beta = "2.0.0-beta1";
  return device;
}

/// What a device that needs all that can be done for it says.
std::string usual_body(std::string_view target) {
  return shelly::first_answer(device(kMac, R"("Alt")"), shelly::rpc_of(target)).body;
}

std::string info(const char* mac, const char* name, std::optional<bool> auth_en = std::nullopt) {
  shelly::Device told = device(mac, name);
  told.auth_en = auth_en;
  return shelly::device_info(told);
}

/// Like a Wall Display: the name is in another answer.
std::string info_without_name() {
  shelly::Device told = device(kMac, "null");
  told.tells_name = false;
  return shelly::device_info(told);
}

/// Takes parameters in a body once it is protected.
std::string info_of_old() {
  shelly::Device told = device(kMac, R"("")");
  told.version = "1.0.0";
  told.auth_en = true;
  return shelly::device_info(told);
}

std::string other_body(char which) {
  switch (which) {
    case 'n':
      return info(kMac, R"("Neu")");
    case 'w':
      return info_without_name();
    case 'p':
      return info(kMac, "null", true);
    case 'o':
      return info_of_old();
    case 's':
      return info(kStranger, R"("Neu")");
    case 'a':
      return info(kAlias, R"("Alt")");
    case '1':
      return R"({"type":"SHSW-1","mac":"A8032ABE54DC"})";
    case 'c':
      return shelly::sys_config(device(kMac, R"("Neu")"));
    case 'S':
      return shelly::sys_config(device(kStranger, "null"));
    case 'u':
      return shelly::offers("1.7.0");
    case 'v':
      return shelly::offers("next");
    case 'e':
      return shelly::error(-103, "Invalid argument");
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
  static const std::string kGood = shelly::challenge(kId, "642dabce");
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
