#pragma once

#include <stage3/device_probe.hpp>

#include <set>
#include <string>
#include <string_view>

#include "scripted_policy.hpp"

namespace stage3::fuzz {

/// Watches a conversation and requires that it keeps its promises, knowing only what the device was
/// asked and what it said.
class Witness {
 public:
  explicit Witness(const ScriptedPolicy& settings) : settings_(settings) {}

  /// Whether this call may be made now.
  void judge(const Call& call);
  void saw(const Call& call, const Reply& reply);
  void granted(bool yes) { granted_ = yes; }
  /// Whether this result may follow.
  void judge(const DeviceResult& result, bool abandoned) const;

 private:
  void judge_login(const Call& call);
  void judge_name(const Call& call) const;
  void judge_update(const Call& call) const;
  void read_identity(const Reply& reply);
  void read_offers(const Reply& reply);

  const ScriptedPolicy& settings_;
  bool confirmed_ = false;  ///< the last answer about the identity named the right device
  bool granted_ = false;
  std::set<std::string> offers_;  ///< the members of the last answer to the update check
  std::string id_;                ///< the realm of a login
  int updates_ = 0;               ///< those that the device did not turn away
  int names_ = 0;
  int nonces_ = 0;  ///< for which a login was made
};

}  // namespace stage3::fuzz
