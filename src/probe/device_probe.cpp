// The face of the conversation, and the order of its chapters.

#include <stage3/device_probe.hpp>

#include <utility>

#include "probe/awaiting.hpp"
#include "probe/checking.hpp"
#include "probe/exchange.hpp"
#include "probe/identity.hpp"
#include "probe/naming.hpp"
#include "probe/updating.hpp"

namespace stage3 {

/// Each chapter knows the one that follows it: read from below. After an update it all begins anew.
struct DeviceProbe::Impl {
  explicit Impl(const Policy& policy) : conversation(policy) {
    exchange.begin_with({&identity, &probe::Identity::start});
  }

  probe::Conversation conversation;
  probe::Exchange exchange{conversation};
  probe::Awaiting awaiting{conversation, exchange, identity};
  probe::Updating updating{conversation, exchange, awaiting};
  probe::Checking checking{conversation, exchange, updating, awaiting};
  probe::Naming naming{conversation, exchange, checking};
  probe::Identity identity{conversation, exchange, naming, awaiting};
};

DeviceProbe::DeviceProbe(const Policy& policy, Device&& device)
    : impl_(std::make_unique<Impl>(policy)) {
  impl_->conversation.begin(std::move(device));
}

DeviceProbe::DeviceProbe(const Policy& policy, const Device& device)
    : DeviceProbe(policy, Device(device)) {}

DeviceProbe::~DeviceProbe() = default;

Action DeviceProbe::on(const Started& event) {
  return impl_->exchange.on(event);
}
Action DeviceProbe::on(const Pinged& event) {
  return impl_->exchange.on(event);
}
Action DeviceProbe::on(const Reply& event) {
  return impl_->exchange.on(event);
}
Action DeviceProbe::on(const Waited& event) {
  return impl_->exchange.on(event);
}
Action DeviceProbe::on(const Granted& event) {
  return impl_->exchange.on(event);
}
Action DeviceProbe::on(const Postponed& event) {
  return impl_->exchange.on(event);
}

void DeviceProbe::abandon(bool call_may_have_left) {
  probe::Exchange& exchange = impl_->exchange;
  if (exchange.is_over()) return;
  if (call_may_have_left && exchange.is_starting_work()) exchange.stop_waiting();
  if (exchange.is_over()) return;
  if (impl_->conversation.update.is_away) {
    impl_->awaiting.give_up();
    return;
  }
  impl_->conversation.cancel();
  exchange.stop();
}

bool DeviceProbe::has_written(bool call_may_have_left) const noexcept {
  return impl_->exchange.has_written(call_may_have_left);
}

void DeviceProbe::withhold() {
  if (impl_->exchange.is_over()) return;
  // A name comes before the check, also after an update that has cost it.
  const bool is_update = impl_->conversation.result.ota_status.has_value();
  if (!impl_->exchange.has_written(false) || !is_update) return abandon(false);
  impl_->conversation.hold({});
  impl_->exchange.done();
}

const DeviceResult& DeviceProbe::result() const noexcept {
  return impl_->conversation.result;
}

DeviceResult DeviceProbe::take_result() noexcept {
  return std::move(impl_->conversation.result);
}

void DeviceProbe::note_recorded() noexcept {
  impl_->conversation.update.is_next_recorded = true;
}

DeviceProbe::Progress DeviceProbe::progress() const noexcept {
  const probe::LastUpdate& update = impl_->conversation.update;
  return {update.sent, update.ended, update.returned, update.is_away};
}

bool DeviceProbe::seen() const noexcept {
  return impl_->conversation.peer.has_value();
}

bool DeviceProbe::update_left() const noexcept {
  return impl_->updating.has_left() || impl_->conversation.update.sent > 0;
}

}  // namespace stage3
