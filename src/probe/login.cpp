// Login: only when the device answers 401, only after its identity, exactly one attempt.

#include "probe/login.hpp"

#include <utility>

#include "base/assert.hpp"
#include "base/hex.hpp"

namespace stage3::probe {

void Login::expect() {
  if (state_ == State::unwanted) state_ = State::wanted;
}

void Login::accept() {
  STAGE3_ASSERT(is_made());
  state_ = State::accepted;
}

void Login::drop() {
  digest_.reset();
  if (state_ != State::unwanted) state_ = State::wanted;
}

void Login::forget() {
  drop();
  renewed_ = false;
}

std::string Login::authorize(std::string_view method, std::string_view target) {
  STAGE3_ASSERT(conversation_.peer && conversation_.peer->id_is_own);
  return digest_->authorize(method, target);
}

std::optional<Login::Refusal> Login::answer(const Reply& reply, bool was_sent) {
  expect();
  // The realm must be the device's id, and that must name the device's MAC: an id is what a device
  // says of itself, and a stranger might say that of another one, to have its login made.
  using Answer = rpc::Answer<rpc::Challenge>;
  const bool id_is_own = conversation_.peer && conversation_.peer->id_is_own;
  const auto answer = id_is_own ? rpc::read_challenge(reply.challenges, conversation_.result.id)
                                : Answer(rpc::Unusable{"the device's id is not of its MAC"});
  const auto* challenge = std::get_if<rpc::Challenge>(&answer);
  if (was_sent) return renew(challenge);
  if (challenge != nullptr) return make(*challenge);
  if (!find_password()) return Refusal{Cause::login_required, "login required"};
  return Refusal{Cause::login_declined, "no login sent: " + std::get<rpc::Unusable>(answer).why};
}

/// Only its nonce was too old, says the device: once. All else is a refusal, and refusals count
/// towards the device's lock-out.
std::optional<Login::Refusal> Login::renew(const rpc::Challenge* challenge) {
  if (challenge == nullptr || !challenge->stale || digest_->has_nonce(*challenge))
    return Refusal{Cause::login_refused, "login refused"};
  if (std::exchange(renewed_, true))
    return Refusal{Cause::login_refused, "login refused (nonces expire at once)"};
  digest_->renew(*challenge);
  return std::nullopt;
}

std::optional<Login::Refusal> Login::make(const rpc::Challenge& challenge) {
  if (digest_) {
    digest_->renew(challenge);
    return std::nullopt;
  }
  const std::optional<std::string> password = find_password();
  if (!password) return Refusal{Cause::login_required, "login required"};
  digest_ = std::make_unique<rpc::DigestLogin>(challenge, *password,
                                               to_hex(random_.data(), random_.size()));
  state_ = State::made;
  return std::nullopt;
}

std::optional<std::string> Login::find_password() const {
  const DeviceResult& result = conversation_.result;
  if (!conversation_.policy.password_source || result.id.empty()) return std::nullopt;
  auto password = conversation_.policy.password_source(result.device.mac, result.id);
  // A device has a password or wants none: a login with an empty one would only count as failed.
  if (password && password->empty()) return std::nullopt;
  return password;
}

}  // namespace stage3::probe
