#pragma once

#include <optional>
#include <string>
#include <utility>

#include <stage3/device_probe.hpp>

#include "probe/route.hpp"
#include "rpc/requests.hpp"

namespace stage3::probe {

/// What is known of the right device, beside what the result says of it.
struct Peer {
  /// Its id names its MAC, and so can be a login's realm.
  bool id_is_own;
  /// GetDeviceInfo has the name in it.
  bool tells_name;
  /// How it takes parameters.
  rpc::Parameters parameters;
};

/// The most that an address has shown of itself.
enum class LifeSign { none, ping, http };

/// The facts of one conversation: what its chapters share, and all that outlives a chapter.
struct Conversation {
  explicit Conversation(const Policy& its_policy) : policy(its_policy) {}

  const Policy& policy;
  DeviceResult result;
  Route route;
  LifeSign life_sign = LifeSign::none;
  /// None: the right device has not answered yet, or another one has since.
  std::optional<Peer> peer;
  /// It was read before something that took long.
  bool identity_is_old = false;
  /// Reported as an error of its own.
  bool login_failed = false;

  bool is_expected(const Mac&) const;

  void fail(Part, Cause, const std::string& words);
  /// For a reply that did not succeed; nothing after a failed login, which says already why.
  void fail(Part, const Reply&, const std::string& before = {});

  /// Sets the outcome, from all that is known by now.
  void conclude();
};

}  // namespace stage3::probe
