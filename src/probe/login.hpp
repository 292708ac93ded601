#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "probe/conversation.hpp"
#include "rpc/challenge.hpp"
#include "rpc/digest.hpp"

namespace stage3::probe {

/// The login at one device: made only when the device asks for one, only to the device whose
/// identity is known, and never tried again when it was refused.
class Login {
 public:
  explicit Login(const Conversation& conversation) : conversation_(conversation) {}

  /// Where the client's part of what is hashed comes from.
  void take_random(const std::array<std::uint8_t, 16>& random) { random_ = random; }
  const std::array<std::uint8_t, 16>& random() const { return random_; }

  /// The device says that it wants one.
  void expect();
  /// Whether the device has ever said so.
  bool may_be_wanted() const { return state_ != State::unwanted; }

  /// Why no login, or none any more, goes to this device.
  struct Refusal {
    Cause cause;
    std::string words;
  };
  /// Answers a 401. None: the call is to be sent again, with a login. `was_sent`: it had one.
  std::optional<Refusal> answer(const Reply& challenge, bool was_sent);

  bool is_made() const { return digest_ != nullptr; }
  /// The value of the Authorization field for the next call. There must be a login.
  std::string authorize(std::string_view method, std::string_view target);

  /// A call with the login was let in.
  void accept();
  /// The device has accepted this login's nonce.
  bool is_accepted() const { return state_ == State::accepted; }

  /// No login goes out until the device asks for one anew.
  void drop();
  /// The same, and the next one is the first: the device begins anew.
  void forget();

 private:
  enum class State { unwanted, wanted, made, accepted };

  std::optional<Refusal> renew(const rpc::Challenge*);
  std::optional<Refusal> make(const rpc::Challenge&);
  std::optional<std::string> find_password() const;

  const Conversation& conversation_;
  std::array<std::uint8_t, 16> random_{};
  /// With `made` and `accepted`.
  std::unique_ptr<rpc::DigestLogin> digest_;
  State state_ = State::unwanted;
  /// A stale nonce was replaced.
  bool renewed_ = false;
};

}  // namespace stage3::probe
