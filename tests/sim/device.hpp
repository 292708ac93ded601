#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "endpoint.hpp"
#include "firmware.hpp"
#include "rpc_name.hpp"
#include "update_plan.hpp"

namespace sim {

struct LoginState;
struct Settings;
struct TlsState;

/// An update or reboot under way; its phases follow from the clock (update_cycle.hpp). What never
/// ends has a phase of infinite length.
struct Restart {
  double accepted_at = 0;
  const Firmware* installs = nullptr;  ///< null: comes back as it was
  bool is_update = false;
  bool is_cut_short = false;  ///< ends before the restart is pending
  double apply_seconds = 0;
  double pending_seconds = 0;
  double reboot_seconds = 0;
};

/// A device that reboots again and again after an update, as its plan says.
struct BootLoop {
  double began_at = 0;               ///< when it came up from the update's own reboot
  const Firmware* before = nullptr;  ///< what had run before the update
};

/// An update that a device has started.
struct StartedUpdate {
  double started_at = 0;
  const Firmware* offered = nullptr;
  bool was_asked = false;  ///< by Shelly.Update, not by itself
  UpdateResult result = UpdateResult::install;
  std::optional<double> ended_at;    ///< came up, or was cut short; nothing: has not ended
  const Firmware* became = nullptr;  ///< what ran then
};

/// One simulated device. Small, since there can be 100,000: what devices have in common stands in
/// `settings`, which the fleet owns.
struct Device {
  std::uint32_t index = 0;
  std::uint64_t mac = 0;
  Endpoint endpoint;
  const Settings* settings = nullptr;
  const Firmware* firmware = nullptr;
  std::optional<std::string> name;
  std::optional<bool> eco_mode;      ///< nothing: the device does not know it
  std::optional<bool> discoverable;  ///< likewise
  bool has_changed = false;          ///< a writing RPC took effect
  std::uint32_t cfg_rev = 0;
  double booted_at = 0;  ///< seconds on the simulator's clock
  bool restart_required = false;
  std::optional<Restart> restart;
  std::optional<BootLoop> boot_loop;
  bool has_updated_itself = false;
  std::array<std::uint32_t, kRpcCount> calls{};
  std::vector<int> sockets;  ///< of its open connections
  std::uint32_t max_connections = 0;
  std::uint32_t checks_answered = 0;   ///< Shelly.CheckForUpdate
  std::vector<StartedUpdate> updates;  ///< the oldest first
  std::uint32_t updates_accepted = 0;  ///< those that it was asked for
  std::uint32_t updates_installed = 0;
  std::uint32_t names_written = 0;
  std::unique_ptr<LoginState> login;
  std::unique_ptr<TlsState> tls;  ///< null: HTTP only

  Device();
  ~Device();
  Device(Device&&) noexcept;
  Device& operator=(Device&&) noexcept;
};

std::string mac_text(std::uint64_t mac);

/// Reads 12 hexadecimal digits; nothing for any other text.
std::optional<std::uint64_t> parse_mac(const std::string& text);

/// The MAC that the device answers with at present; differs from `mac` under a `mac` fault.
std::uint64_t shown_mac(const Device& device);

/// The `id` that the device answers with at present; also its digest realm.
std::string shown_id(const Device& device);

std::string app_of(const Settings& settings);

/// Replaces {index}, {mac}, {mac_lower}, {ip}, {port}, {tls_port} and {id} in `text`.
std::string expand(const std::string& text, const Device& device);

}  // namespace sim
