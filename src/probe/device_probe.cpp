// The face of the conversation, and the order of its chapters.

#include <stage3/device_probe.hpp>

#include <utility>

#include "probe/checking.hpp"
#include "probe/exchange.hpp"
#include "probe/identity.hpp"
#include "probe/naming.hpp"
#include "probe/updating.hpp"

namespace stage3 {

/// Each chapter knows the one that follows it: read from below.
struct DeviceProbe::Impl {
  explicit Impl(const Policy& policy) : conversation(policy) {
    exchange.begin_with({&identity, &probe::Identity::start});
  }

  probe::Conversation conversation;
  probe::Exchange exchange{conversation};
  probe::Updating updating{conversation, exchange};
  probe::Checking checking{conversation, exchange, updating};
  probe::Naming naming{conversation, exchange, checking};
  probe::Identity identity{conversation, exchange, naming};
};

DeviceProbe::DeviceProbe(const Policy& policy, Device&& device)
    : impl_(std::make_unique<Impl>(policy)) {
  impl_->conversation.result.device = std::move(device);
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
  if (call_may_have_left && exchange.is_starting_work()) return exchange.stop_waiting();
  DeviceResult& result = impl_->conversation.result;
  result.outcome = Outcome::cancelled;
  result.ota_status.reset();
  result.friendly_status.reset();
  exchange.stop();
}

bool DeviceProbe::has_written(bool call_may_have_left) const noexcept {
  return impl_->exchange.has_written(call_may_have_left);
}

void DeviceProbe::withhold() {
  if (impl_->exchange.is_over()) return;
  if (!impl_->exchange.has_written(false)) return abandon(false);
  // A name is written once, and first: what is pending is the update.
  impl_->conversation.result.update_held = true;
  impl_->exchange.done();
}

const DeviceResult& DeviceProbe::result() const noexcept {
  return impl_->conversation.result;
}

DeviceResult DeviceProbe::take_result() noexcept {
  return std::move(impl_->conversation.result);
}

bool DeviceProbe::seen() const noexcept {
  return impl_->conversation.peer.has_value();
}

bool DeviceProbe::update_left() const noexcept {
  return impl_->updating.has_left();
}

}  // namespace stage3
