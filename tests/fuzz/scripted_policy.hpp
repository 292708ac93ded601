#pragma once

#include <stage3/device_probe.hpp>

#include <string>
#include <string_view>

namespace stage3::fuzz {

constexpr const char* kMac = "A8032ABE54DC";
constexpr const char* kAlias = "A8032ABE54DD";
constexpr const char* kStranger = "34945472A643";
constexpr const char* kId = "shellyplus1-a8032abe54dc";  ///< the right device's
constexpr const char* kPassword = "secret";

/// The configuration and the device of one conversation, a letter for each thing that is not as
/// usual: updates are installed and names written unless it is said otherwise.
///   o no OTA | c check only | b beta | n no names | k backfill | d dry run | p a password is known
///   | a the entry has an alias | x the entry is unusable | 1 wanted name to be normalised | 2 one
///   to be escaped | 3 not a string | 4 empty
class ScriptedPolicy {
 public:
  explicit ScriptedPolicy(std::string_view letters) : letters_(letters) {
    Config& config = policy_.config;
    config.ota.enabled = !has('o');
    config.ota.mode = has('c') ? OtaMode::check_only : OtaMode::check_and_update;
    config.ota.stage = has('b') ? OtaStage::beta : OtaStage::stable;
    config.friendly.enabled = !has('n');
    config.friendly.backfill = has('k');
    policy_.dry_run = has('d');
    if (has('p')) policy_.password_source = [](const Mac&, std::string_view) { return kPassword; };
  }
  ScriptedPolicy(const ScriptedPolicy&) = delete;
  ScriptedPolicy& operator=(const ScriptedPolicy&) = delete;

  const Policy& policy() const { return policy_; }

  Device device() const {
    Device device;
    device.key = kMac;
    device.mac = *Mac::parse(kMac);
    if (has('a')) device.aliases.push_back(*Mac::parse(kAlias));
    if (has('x')) device.defect = "no ip";
    device.address = *Address::parse("192.0.2.35");
    device.wanted_name.kind = has('3') ? WantedName::Kind::not_a_string : WantedName::Kind::text;
    device.wanted_name.text = has('4')   ? " "
                              : has('1') ? "\tK\u00fcche \u202e \u00a01 "
                              : has('2') ? "\"a\\b\"/%"
                                         : "Neu";
    return device;
  }

  /// The name as it must go to the device.
  std::string name_to_write() const {
    return has('4') ? "" : has('1') ? "K\u00fcche 1" : has('2') ? "\"a\\b\"/%" : "Neu";
  }

  bool is_expected(std::string_view mac) const {
    return mac == kMac || (has('a') && mac == kAlias);
  }

 private:
  bool has(char letter) const { return letters_.find(letter) != std::string_view::npos; }

  std::string_view letters_;
  Policy policy_;
};

}  // namespace stage3::fuzz
