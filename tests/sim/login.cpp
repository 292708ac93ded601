#include "login.hpp"

#include <map>

#include "device.hpp"
#include "digest.hpp"
#include "http_request.hpp"
#include "nonce.hpp"
#include "settings.hpp"

namespace sim {
namespace {

using Fields = std::map<std::string, std::string>;

bool has(const Fields& fields, const char* name, const std::string& value) {
  const auto found = fields.find(name);
  return found != fields.end() && found->second == value;
}

std::string covered_uri(const Device& device, const Request& request) {
  const Version covers_query{1, 0, 2};
  const bool signs_query =
      device.settings->login->signs_query.value_or(!(device.firmware->number < covers_query));
  return signs_query ? request.target : request.path;
}

/// The digest proves the password, whatever the nonce is worth.
bool proves_password(const Device& device, const Request& request, const Fields& fields) {
  const auto opaque = opaque_of(device);
  if (opaque && !has(fields, "opaque", *opaque)) return false;
  if (!has(fields, "username", "admin") || !has(fields, "realm", shown_id(device)) ||
      !has(fields, "algorithm", "SHA-256") || !has(fields, "qop", "auth") ||
      !has(fields, "uri", request.target) || fields.count("nonce") == 0 ||
      fields.count("nc") == 0 || fields.count("response") == 0) {
    return false;
  }
  return fields.at("response") == digest_response(fields, device.settings->login->password,
                                                  request.method, covered_uri(device, request));
}

LoginVerdict refuse(Device& device, double now, bool is_stale) {
  return {false, 401, next_challenge(device, now, is_stale)};
}

LoginVerdict fail(Device& device, double now) {
  const LoginPlan& plan = *device.settings->login;
  LoginState& state = *device.login;
  const std::uint32_t limit = plan.lockout_after.value_or(uses_slots(device) ? 11 : 0);
  if (limit != 0 && ++state.failures >= limit) {
    state.locked_until = now + plan.lockout_seconds;
    state.failures = 0;
  }
  return refuse(device, now, false);
}

}  // namespace

LoginVerdict judge_login(Device& device, const Request& request, double now) {
  prepare_login(device);
  drop_expired(device, now);
  const std::string* header = request.header("Authorization");
  if (header == nullptr) return refuse(device, now, false);
  if (now < device.login->locked_until || slots_are_full(device)) return {false, 429, {}};
  const Fields fields = digest_fields(*header);
  if (!proves_password(device, request, fields)) return fail(device, now);
  switch (use_nonce(device, fields.at("nonce"), fields.at("nc"))) {
    case NonceUse::fresh:
      break;
    case NonceUse::stale:
      return refuse(device, now, true);
    case NonceUse::replayed:
      return fail(device, now);
  }
  device.login->failures = 0;
  return {true, 0, {}};
}

}  // namespace sim
