#include "rollout/update_rules.hpp"

#include <algorithm>
#include <limits>
#include <stage3/text.hpp>

#include "base/name.hpp"
#include "config/hold_rule.hpp"
#include "probe/build_date.hpp"

namespace stage3::rollout {
namespace {

constexpr unsigned kUncut = std::numeric_limits<unsigned>::max();

std::string on_hold(const std::string& item) {
  return "on ota.hold (" + item + ")";
}

}  // namespace

UpdateRules::UpdateRules(const Config::Ota& ota)
    : blocked_(ota.block.begin(), ota.block.end()), min_age_(ota.min_age), windows_(ota.windows) {
  for (const std::string& item : ota.hold) {
    config::HoldRule rule = config::HoldRule::parse(item);
    switch (rule.kind) {
      case config::HoldRule::Kind::mac:
        macs_.emplace(rule.mac, item);
        break;
      case config::HoldRule::Kind::app:
        apps_.emplace_back(std::move(rule.glob), item);
        break;
      case config::HoldRule::Kind::name:
        if (auto name = rule.glob.only_text()) {
          names_.emplace(*std::move(name), item);
        } else {
          name_patterns_.emplace_back(std::move(rule.glob), item);
        }
        break;
    }
  }
  for (const std::string& item : ota.block) {
    probe::FirmwareVersion version(item, {});
    if (version.says_something()) blocked_versions_.push_back(std::move(version));
  }
}

std::string UpdateRules::why_excluded(const UpdateCandidate& candidate,
                                      std::int64_t now_utc) const {
  if (std::string reason = why_on_hold(candidate); !reason.empty()) return reason;
  if (is_blocked(candidate)) {
    const bool by_build = blocked_.count(candidate.build) != 0;
    return (by_build ? "build " + std::string(candidate.build)
                     : "version " + std::string(candidate.version)) +
           " is on ota.block";
  }
  return why_too_young(candidate.build, now_utc);
}

std::string UpdateRules::why_closed(LocalTime now) const {
  if (windows_.is_open(now)) return {};
  return "outside ota.windows (next: " + windows_.next_opening(now) + ")";
}

std::string UpdateRules::why_on_hold(const UpdateCandidate& candidate) const {
  const auto by_mac = [&](const Mac& mac) {
    const auto rule = macs_.find(mac);
    return rule == macs_.end() ? std::string() : on_hold(rule->second);
  };
  const auto by_pattern = [](const Rules& rules, std::string_view text) {
    const auto rule = std::find_if(rules.begin(), rules.end(),
                                   [&](const auto& known) { return known.first.matches(text); });
    return rule == rules.end() ? std::string() : on_hold(rule->second);
  };
  const Device& device = candidate.device;
  if (std::string reason = by_mac(device.mac); !reason.empty()) return reason;
  for (const Mac& alias : device.aliases)
    if (std::string reason = by_mac(alias); !reason.empty()) return reason;
  if (std::string reason = by_pattern(apps_, candidate.app); !reason.empty()) return reason;
  if (device.wanted_name.kind != WantedName::Kind::text) return {};
  const auto by_name = [&](const std::string& name) {
    const auto rule = names_.find(canonical(name));
    return rule != names_.end() ? on_hold(rule->second) : by_pattern(name_patterns_, name);
  };
  const std::string& spelled = device.wanted_name.text;
  // What an operator has seen is without blanks at its ends, say.
  const std::string shown = normalise_name(spelled, kUncut);
  // An empty name is none, and no pattern is about it.
  if (shown.empty()) return {};
  std::string reason = by_name(spelled);
  return reason.empty() ? by_name(shown) : reason;
}

bool UpdateRules::is_blocked(const UpdateCandidate& candidate) const {
  if (blocked_.count(candidate.build) != 0 || blocked_.count(candidate.version) != 0) return true;
  const probe::FirmwareVersion offered(candidate.version, {});
  return std::any_of(blocked_versions_.begin(), blocked_versions_.end(),
                     [&](const probe::FirmwareVersion& blocked) {
                       return probe::FirmwareVersion::compare(blocked, offered) == 0;
                     });
}

std::string UpdateRules::why_too_young(std::string_view build, std::int64_t now_utc) const {
  if (min_age_ == 0) return {};
  const std::string limit = std::to_string(min_age_);
  const auto built = probe::build_time(build);
  if (!built) return "no date in its build id, and ota.min_age is " + limit;
  // One from the future, or a clock that is behind, is none of an age.
  const std::int64_t age = now_utc < *built ? 0 : (now_utc - *built) / kSecondsOfDay;
  if (age >= min_age_) return {};
  return "not older than " + limit + " days (" + std::to_string(age) + ")";
}

}  // namespace stage3::rollout
