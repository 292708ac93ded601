#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "fault.hpp"
#include "firmware.hpp"

namespace sim {

/// A version that the vendor offers.
struct Offer {
  Firmware firmware;
  Firmware becomes;          ///< what the device shows once it has been installed
  bool names_build = false;  ///< another build of the installed version is an offer, too
};

/// An offer with this version and, where `build_id` is empty, any build; nothing else comes of it.
Offer make_offer(const std::string& version, const std::string& build_id);

/// While it applies, something else is offered; docs/simulator.md says when that is.
struct OfferChange {
  /// Nothing: as without the change. An empty one: withdrawn.
  std::optional<std::optional<Offer>> stable, beta;
  double after_seconds = 0;
  double for_seconds = std::numeric_limits<double>::infinity();
  double period_seconds = 0;  ///< after which the seconds are counted anew; 0: never
  std::uint32_t after_checks = 0;
  std::uint32_t for_checks = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t period_checks = 0;  ///< likewise
  std::uint32_t after_updates = 0;
};

/// What becomes of an update that a device has started.
enum class UpdateResult {
  install,
  discard,    ///< reboots and comes back unchanged
  cut_short,  ///< the download ends early: no reboot, the old version runs on
  stuck,      ///< downloads for ever
  lost,       ///< never comes back from the reboot
};

/// Reboots that follow the one of an update.
struct RebootsAgain {
  double every = 0;  ///< seconds that it runs in between
  std::uint32_t times = std::numeric_limits<std::uint32_t>::max();
  bool goes_back = false;  ///< after the last one the old firmware runs
};

/// What the vendor offers a device and what becomes of it.
struct UpdatePlan {
  std::optional<Offer> stable;
  std::optional<Offer> beta;
  std::vector<OfferChange> changes;  ///< the last one that applies wins
  std::string alt;                   ///< JSON text of the `alt` member; empty: none
  std::optional<Offer> step;         ///< the version to be installed before `stable`
  bool step_is_default = true;       ///< 1.3.3 before 1.4.0
  bool offers_step = true;           ///< false: offers `stable` at once and discards it
  bool has_internet = true;
  std::vector<std::optional<RpcError>> refusals{std::nullopt};       ///< of the nth Shelly.Update
  RpcError busy{-109, "Failed precondition: Already in progress!"};  ///< while one is under way
  std::vector<UpdateResult> results{UpdateResult::install};          ///< of the nth one started
  bool loses_name = false;
  std::optional<RebootsAgain> reboots_again;
  std::optional<double> self_update_at;  ///< seconds after the start: updates without being asked
  double apply_seconds = 1;              ///< from the acceptance to the pending restart
  double pending_seconds = 0;            ///< of the pending restart: -109 to everything
  double reboot_seconds = 1;             ///< without an answer
  bool is_silent_away = false;           ///< connections time out then instead of being reset
};

/// The element `n` of a list whose last one stands for all that follow.
template <typename T>
const T& nth(const std::vector<T>& list, std::size_t n) {
  return list[std::min(n, list.size() - 1)];
}

}  // namespace sim
