#include "login.hpp"

#include <algorithm>
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

LoginVerdict ask_for_login(Device& device, double now) {
  if (is_in_window(device, now)) return {false, 429, {}};
  return refuse(device, now, false);
}

/// Counts a failed login. The first to reach the limit, and each one after it, locks the device,
/// the later ones for longer.
void note_failure(Device& device, double now) {
  const LoginPlan& plan = *device.settings->login;
  auto& failures = device.login->failures;
  const std::size_t limit = plan.lockout_after.value_or(uses_slots(device) ? 11 : 0);
  if (limit == 0) return;
  failures.push_back(now);
  failures.erase(failures.begin(),
                 std::lower_bound(failures.begin(), failures.end(), now - plan.lockout_memory));
  if (failures.size() < limit) return;
  constexpr std::size_t kShortLocks = 10;
  constexpr double kLonger = 30;
  const bool is_short = failures.size() < limit + kShortLocks;
  device.login->locked_until = now + plan.lockout_seconds * (is_short ? 1 : kLonger);
}

LoginVerdict fail(Device& device, const std::string& nonce, double now) {
  note_failure(device, now);
  make_room(device, nonce);
  return refuse(device, now, false);
}

LoginVerdict accept(Device& device, double now) {
  LoginState& state = *device.login;
  state.failures.clear();
  if (uses_slots(device) && ++state.accepted == device.settings->login->lost_after) {
    lose_nonces(device, now);
  }
  return {true, 0, {}};
}

}  // namespace

LoginVerdict judge_login(Device& device, const Request& request, double now) {
  prepare_login(device);
  drop_expired(device, now);
  const std::string* header = request.header("Authorization");
  if (header == nullptr) return ask_for_login(device, now);
  const Fields fields = digest_fields(*header);
  const auto named = fields.find("nonce");
  const std::string nonce = named == fields.end() ? std::string() : named->second;
  if (now < device.login->locked_until || is_lost(device, nonce)) return {false, 429, {}};
  if (!proves_password(device, request, fields)) return fail(device, nonce, now);
  switch (use_nonce(device, nonce, fields.at("nc"))) {
    case NonceUse::fresh:
      break;
    case NonceUse::stale:
      make_room(device, nonce);
      return refuse(device, now, true);
    case NonceUse::miscounted:
      return fail(device, nonce, now);
  }
  return accept(device, now);
}

void forget_logins(Device& device) {
  if (!device.login) return;
  LoginState& state = *device.login;
  state.slots.clear();
  state.window_ends.reset();
  state.failures.clear();
  state.locked_until = 0;
}

}  // namespace sim
