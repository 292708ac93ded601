#include "probe/conversation.hpp"

#include <algorithm>

#include "probe/reply.hpp"

namespace stage3::probe {

bool Conversation::is_expected(const Mac& found) const {
  const Device& device = result.device;
  return found == device.mac ||
         std::find(device.aliases.begin(), device.aliases.end(), found) != device.aliases.end();
}

void Conversation::fail(Part part, Cause cause, const std::string& words) {
  result.errors.push_back({part, cause, 0, 0, std::string(to_string(part)) + ": " + words});
}

void Conversation::fail(Part part, const Reply& reply, const std::string& before) {
  if (login_failed) return;
  const Failure failure = describe(reply);
  fail(part, failure.cause, before + failure.words);
  result.errors.back().http_status = failure.http_status;
  result.errors.back().rpc_code = failure.rpc_code;
}

void Conversation::conclude() {
  const bool failed = result.ota_status == OtaStatus::check_failed ||
                      result.ota_status == OtaStatus::error ||
                      result.friendly_status == FriendlyStatus::error;
  result.outcome = failed ? Outcome::failed : Outcome::ok;
  if (result.ota_status == OtaStatus::offline) result.outcome = Outcome::offline;
}

}  // namespace stage3::probe
