#include "probe/checking.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "probe/awaiting.hpp"
#include "probe/reply.hpp"
#include "probe/update_table.hpp"
#include "probe/updating.hpp"
#include "probe/version_order.hpp"

namespace stage3::probe {

namespace {

/// An offer that the configuration lets count, and its key.
struct Candidate {
  OtaStage stage;
  const rpc::Offer& offer;

  FirmwareVersion version() const { return {offer.version, offer.build_id}; }
};

std::vector<Candidate> candidates(const rpc::Offers& offers, OtaStage wanted) {
  std::vector<Candidate> out;
  if (offers.stable) out.push_back({OtaStage::stable, *offers.stable});
  if (offers.beta && wanted == OtaStage::beta) out.push_back({OtaStage::beta, *offers.beta});
  return out;
}

/// What is longer than any version, or would need escapes, has no place in a state file; and what
/// cannot be written down is not sent.
bool can_be_recorded(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  return text.size() <= kLongest && std::all_of(text.begin(), text.end(), [](char c) {
           return c >= ' ' && c <= '~' && c != '"' && c != '\\';
         });
}

}  // namespace

Action Checking::begin() {
  if (!config().ota.enabled || conversation().login_failed) {
    result().ota_status = config().ota.enabled ? OtaStatus::error : OtaStatus::skipped;
    return end();
  }
  return ask(rpc::check_for_update(), {this, &Checking::checked});
}

Action Checking::checked(const Reply& reply) {
  result().ota_status = conversation().login_failed ? OtaStatus::error : OtaStatus::check_failed;
  if (!succeeded(reply)) {
    conversation().fail(Part::ota, reply);
    return end();
  }
  const auto answer = rpc::read_offers(reply.body, config().ota.stage);
  if (const auto* unusable = std::get_if<rpc::Unusable>(&answer)) {
    conversation().fail(Part::ota, Cause::malformed, unusable->why);
    return end();
  }
  return judge(std::get<rpc::Offers>(answer));
}

Action Checking::judge(const rpc::Offers& offers) {
  const FirmwareVersion installed(result().fw, result().fw_id);
  std::optional<Candidate> newest;
  const rpc::Offer* unclear = nullptr;
  const auto wanted = candidates(offers, config().ota.stage);
  for (const Candidate& candidate : wanted) {
    const auto is_newer = candidate.version().is_newer_than(installed);
    if (!is_newer) unclear = &candidate.offer;
    if (!is_newer.value_or(false)) continue;
    if (!newest || candidate.version().is_newer_than(newest->version()).value_or(false))
      newest.emplace(candidate);
  }
  if (newest) return take(newest->offer, newest->stage);
  if (unclear != nullptr) {
    conversation().fail(Part::ota, Cause::malformed,
                        why_not_compared(result().fw, unclear->version));
    return end();
  }
  result().ota_status = OtaStatus::up_to_date;
  return end();
}

Action Checking::take(const rpc::Offer& offer, OtaStage stage) {
  result().ota_status = OtaStatus::update_available;
  result().update = offer.version;
  result().update_build = offer.build_id;
  const LastUpdate& update = conversation().update;
  // Nothing is retried in the run that has seen it fail.
  if (config().ota.mode == OtaMode::check_only || update.has_failed) return end();
  const Verdict verdict = probe::judge(update.record(), offer.version, offer.build_id,
                                       conversation().now.utc, config().ota, policy().resume);
  if (verdict.kind == Verdict::Kind::in_progress) return end();
  if (verdict.kind == Verdict::Kind::held) return hold(verdict.reason);
  const std::string ruled_out = policy().why_held ? policy().why_held(result()) : std::string();
  if (!ruled_out.empty()) return hold(ruled_out);
  if (!can_be_recorded(offer.version) || !can_be_recorded(offer.build_id) ||
      !can_be_recorded(result().fw))
    return hold("a version that cannot be recorded");
  if (policy().dry_run) return done();
  if (update.sent >= config().ota.max_steps)
    return hold("ota.max_steps: " + std::to_string(update.sent) + " in this run");
  return next_.begin(stage, verdict.attempt);
}

/// Where an update is under way, its end is waited for.
Action Checking::end() {
  return conversation().waits_for_update() ? awaiting_.join() : done();
}

}  // namespace stage3::probe
