// Which updates a run may send, as far as it does not take time: who was sent one, what the
// operator and the caller say, and how many are left.

#include <new>

#include "run/run_state.hpp"

namespace stage3 {

bool Runner::Impl::was_sent(const Device& device, const std::string& version,
                            Clock::time_point now) const {
  return sent_updates_->forbid(device, version, round_, now);
}

void Runner::Impl::note_sent(const DeviceResult& result, Clock::time_point now) noexcept {
  try {
    sent_updates_->note(result.device, result.update, round_, now);
  } catch (const std::bad_alloc&) {
    // What cannot be remembered must not happen twice: nothing is sent any more.
    cancel();
  }
}

bool Runner::Impl::was_denied(const Device& device, Clock::time_point now) const {
  return denied_updates_->is_of_round(device, round_, now);
}

void Runner::Impl::note_denied(const Device& device, Clock::time_point now) noexcept {
  try {
    denied_updates_->note(device, {}, round_, now);
  } catch (const std::bad_alloc&) {
    // It may be asked about once more.
  }
}

std::string Runner::Impl::why_ruled_out(const DeviceResult& result) const {
  const rollout::UpdateCandidate candidate{result.device, result.app, result.update,
                                           result.update_build};
  const std::string reason = rules.why_excluded(candidate, platform.utc());
  return reason.empty() ? why_closed() : reason;
}

std::string Runner::Impl::why_closed() const {
  const std::int64_t utc = platform.utc();
  return rules.why_closed({utc, callbacks.utc_offset ? callbacks.utc_offset(utc) : 0});
}

void Runner::Impl::note_on_record(const std::vector<Device>& devices) {
  const std::int64_t latest_end =
      platform.utc() -
      std::chrono::duration_cast<std::chrono::seconds>(policy.config.ota.deadline).count();
  for (const Device& device : devices) {
    const UpdateRecord* const update = device.on_record ? device.on_record->ota.get() : nullptr;
    const bool may_go_on = update != nullptr && update->sent_at > latest_end &&
                           update->state != UpdateState::updated &&
                           update->state != UpdateState::refused;
    if (may_go_on) sent_updates_->note(device, update->to, round_, platform.now());
  }
}

bool Runner::Impl::take_permit() {
  if (cancelled) return false;
  const std::size_t limit = policy.config.ota.max_per_run;
  std::size_t before = permitted_;
  do {
    if (limit != 0 && before >= limit) return false;
  } while (!permitted_.compare_exchange_weak(before, before + 1));
  return true;
}

UpdateDecision Runner::Impl::ask_caller(const DeviceResult& result, const Permit& permit) {
  if (callbacks.on_update) {
    return callbacks.on_update({result.device, result.id, result.app, result.fw, result.fw_id,
                                permit.version, permit.build, permit.record});
  }
  const bool yes = !callbacks.on_permit || callbacks.on_permit(result.device, permit.version);
  return yes ? UpdateDecision::yes : UpdateDecision::no;
}

void Runner::Impl::return_permit() {
  --permitted_;
}

}  // namespace stage3
