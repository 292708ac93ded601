#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fault.hpp"
#include "firmware.hpp"
#include "latency.hpp"
#include "model.hpp"
#include "rpc_name.hpp"
#include "tls_plan.hpp"
#include "update_plan.hpp"

namespace sim {

enum class Presence {
  online,
  silent,   ///< accepts connections and says nothing
  reset,    ///< resets every connection that it has accepted
  refused,  ///< nothing listens at its address
};

enum class NonceStyle { hex_time, decimal_time, slots };

/// The digest login of a device. What is not set follows from the firmware.
struct LoginPlan {
  std::string password;
  std::optional<NonceStyle> nonces;
  std::optional<bool> signs_query;  ///< false: the digest covers the path without the query
  std::optional<std::string> opaque;
  double nonce_lifetime = 3600;  ///< seconds
  std::uint32_t nonce_uses = 30000;
  std::size_t slots = 32;
  std::size_t slots_used = 0;    ///< slots that others hold from the beginning
  double slot_window = 2;        ///< seconds until full slots give one up
  bool frees_slots = true;       ///< false: they never do
  std::uint32_t lost_after = 0;  ///< accepted logins, then others take all slots; 0: never
  std::optional<std::uint32_t> lockout_after;  ///< failed logins; 0: never
  double lockout_seconds = 10;
  double lockout_memory = 600;  ///< seconds that a failed login counts
};

struct SleepPlan {
  double period = 0;  ///< seconds from one awakening to the next
  double awake = 0;   ///< seconds after each awakening
  double offset = 0;  ///< of the first awakening after the start
};

/// What the entry of a device in the state file says.
struct StatePlan {
  bool present = true;
  bool port_field = false;           ///< "port" beside "ip" instead of "ip:port"
  std::string mac;                   ///< key of the entry; empty: the device's MAC
  std::string ip;                    ///< text of "ip"; empty: the device's address
  std::vector<std::string> omitted;  ///< fields left out
  std::vector<std::pair<std::string, std::string>> fields;  ///< further fields as JSON text
};

enum class NameWrite { store, ignore, truncate };

/// Everything that a scenario can set for a device. Texts marked with (t) are templates.
struct Settings {
  std::shared_ptr<const Model> model;
  std::optional<std::string> app, model_code, id, mac;  ///< `id` (t)
  std::optional<int> gen;
  std::optional<bool> auth_en;
  std::optional<std::uint32_t> ipv4;  ///< as in Endpoint
  std::optional<std::uint16_t> port;  ///< 0: a free one
  Firmware firmware;
  std::optional<bool> mongoose;     ///< header block of 0.x
  std::optional<std::string> name;  ///< (t)
  double uptime = 3600;
  bool restart_required = false;               ///< until the next reboot
  std::optional<std::uint32_t> wakeup_period;  ///< seconds; nothing: follows from `sleep`
  Presence presence = Presence::online;
  std::optional<SleepPlan> sleep;
  std::array<Latency, kRpcCount> latency{};
  std::size_t name_limit = 64;  ///< code points
  NameWrite name_write = NameWrite::store;
  bool rejects_json_spaces = false;
  std::optional<LoginPlan> login;
  std::optional<TlsPlan> tls;  ///< nothing: HTTP only
  UpdatePlan update;
  std::vector<Fault> faults;
  StatePlan state;
};

/// Nothing listens at the device's HTTP port.
inline bool refuses_http(const Settings& settings) {
  return settings.presence == Presence::refused ||
         (settings.tls && settings.tls->http == HttpBeside::refused);
}

}  // namespace sim
