// The face of the conversation, and the order of its chapters.

#include <stage3/device_probe.hpp>

#include <new>
#include <utility>

#include "base/assert.hpp"
#include "probe/awaiting.hpp"
#include "probe/checking.hpp"
#include "probe/exchange.hpp"
#include "probe/identity.hpp"
#include "probe/naming.hpp"
#include "probe/packed.hpp"
#include "probe/updating.hpp"

namespace stage3 {

/// Each chapter knows the one that follows it: read from below. After an update it all begins anew.
struct DeviceProbe::Impl {
  explicit Impl(const Policy& policy) : conversation(policy) {
    exchange.begin_with({&identity, &probe::Identity::start});
  }
  /// All but the device.
  explicit Impl(const Resting& resting);

  probe::Conversation conversation;
  probe::Exchange exchange{conversation};
  probe::Awaiting awaiting{conversation, exchange, identity};
  probe::Updating updating{conversation, exchange, awaiting};
  probe::Checking checking{conversation, exchange, updating, awaiting};
  probe::Naming naming{conversation, exchange, checking};
  probe::Identity identity{conversation, exchange, naming, awaiting};
};

/// What is kept while the device is away.
struct DeviceProbe::Resting {
  /// All but the device.
  explicit Resting(Impl& impl)
      : policy(impl.conversation.policy),
        memory(impl.conversation),
        exchange(impl.exchange.rest()),
        awaiting(impl.awaiting.state()) {
    probe::Packer pack;
    probe::visit_members(impl.conversation.result, pack);
    // Where it has not changed it is the device's.
    if (memory.update.has_changed) pack(std::exchange(memory.update.on_record, nullptr));
    packed = pack.take();
  }

  const Policy& policy;
  Device device;
  probe::Memory memory;
  probe::Exchange::Rest exchange;
  probe::Awaiting::State awaiting;
  /// The result, and the record of the update.
  std::string packed;
};

DeviceProbe::Impl::Impl(const Resting& resting) : conversation(resting.policy) {
  static_cast<probe::Memory&>(conversation) = resting.memory;
  probe::Unpacker unpack(resting.packed);
  probe::visit_members(conversation.result, unpack);
  if (conversation.update.has_changed) unpack(conversation.update.on_record);
  awaiting.resume(resting.awaiting, resting.exchange);
}

DeviceProbe::DeviceProbe(const Policy& policy, Device&& device)
    : impl_(std::make_unique<Impl>(policy)) {
  impl_->conversation.begin(std::move(device));
}

DeviceProbe::DeviceProbe(const Policy& policy, const Device& device)
    : DeviceProbe(policy, Device(device)) {}

DeviceProbe::~DeviceProbe() = default;

DeviceProbe::Impl& DeviceProbe::awake() {
  if (!resting_) return *impl_;
  impl_ = std::make_unique<Impl>(*resting_);
  impl_->conversation.result.device = std::move(resting_->device);
  resting_.reset();
  return *impl_;
}

void DeviceProbe::rest() noexcept {
  if (resting_ || !impl_->exchange.is_away()) return;
  try {
    resting_ = std::make_unique<Resting>(*impl_);
  } catch (const std::bad_alloc&) {
    return;  // it waits as it is
  }
  resting_->device = std::move(impl_->conversation.result.device);
  impl_.reset();
}

const Device& DeviceProbe::device() const noexcept {
  return resting_ ? resting_->device : impl_->conversation.result.device;
}

Action DeviceProbe::on(const Started& event) {
  return awake().exchange.on(event);
}
Action DeviceProbe::on(const Pinged& event) {
  return awake().exchange.on(event);
}
Action DeviceProbe::on(const Reply& event) {
  return awake().exchange.on(event);
}
Action DeviceProbe::on(const Waited& event) {
  return awake().exchange.on(event);
}
Action DeviceProbe::on(const Granted& event) {
  return awake().exchange.on(event);
}
Action DeviceProbe::on(const Postponed& event) {
  return awake().exchange.on(event);
}

void DeviceProbe::abandon(bool call_may_have_left) {
  probe::Exchange& exchange = awake().exchange;
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
  return resting_ ? resting_->exchange.has_written
                  : impl_->exchange.has_written(call_may_have_left);
}

void DeviceProbe::withhold() {
  if (awake().exchange.is_over()) return;
  // A name comes before the check, also after an update that has cost it.
  const bool is_update = impl_->conversation.result.ota_status.has_value();
  if (!impl_->exchange.has_written(false) || !is_update) return abandon(false);
  impl_->conversation.hold({});
  impl_->exchange.done();
}

const DeviceResult& DeviceProbe::result() const noexcept {
  STAGE3_ASSERT(!resting_);
  return impl_->conversation.result;
}

DeviceResult DeviceProbe::take_result() noexcept {
  STAGE3_ASSERT(!resting_);
  return std::move(impl_->conversation.result);
}

void DeviceProbe::note_recorded() noexcept {
  STAGE3_ASSERT(!resting_);
  impl_->conversation.update.is_next_recorded = true;
}

DeviceProbe::Progress DeviceProbe::progress() const noexcept {
  const probe::LastUpdate& update = resting_ ? resting_->memory.update : impl_->conversation.update;
  return {update.sent, update.ended, update.returned, update.is_away};
}

const UpdateRecord& DeviceProbe::last_update() const noexcept {
  STAGE3_ASSERT(!resting_);
  return impl_->conversation.update.record();
}

bool DeviceProbe::seen() const noexcept {
  return !resting_ && impl_->conversation.peer.has_value();
}

bool DeviceProbe::update_left() const noexcept {
  if (resting_) return resting_->memory.update.sent > 0;
  return impl_->updating.has_left() || impl_->conversation.update.sent > 0;
}

}  // namespace stage3
