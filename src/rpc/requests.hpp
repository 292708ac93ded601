#pragma once

#include <cstdint>
#include <string>
#include <string_view>

/// The requests stage 3 makes, and what it has to know about each. JSON is compact, since some
/// firmware answers 500 to JSON with spaces.
namespace stage3::rpc {

/// What a request does to the device. Only one that reads may be sent a second time.
enum class Effect {
  reads,
  writes,
  starts_work,  ///< writes, and the device goes on by itself: it is reported even if nobody waits
};

/// Whether the device may want a login for it. None is ever sent with one that is public.
enum class Access { may_want_login, is_public };

/// How long its answer may take: one of the configuration's time limits.
enum class Patience {
  probing,  ///< timeouts.reach: the address has not answered anything yet
  rpc,      ///< timeouts.rpc
  ota,      ///< ota.timeout: the device asks its update server
};

/// One request, however it travels.
struct Request {
  /// The RPC's name; empty: the identity page of `/shelly`.
  std::string_view method{};
  Effect effect = Effect::reads;
  Access access = Access::may_want_login;
  Patience patience = Patience::rpc;
  /// A JSON object; empty: it has none.
  std::string parameters{};
  /// The same for a URL, percent-encoded; empty: they go in a body.
  std::string query{};

  bool writes() const { return effect != Effect::reads; }
  /// For HTTP: path and query.
  std::string target() const;
  /// For HTTP: what is posted; empty: GET.
  std::string body() const;
};

/// How parameters travel over HTTP. Firmware before 1.0.2 computes the login digest over the path
/// without the query, so that a protected device of that age takes parameters in a body only.
enum class Parameters : std::uint8_t { in_query, in_body };

Request get_device_info();
/// `/shelly`: the one answer that Gen1 devices give.
Request get_shelly();
Request get_sys_config();
Request get_sys_status();
Request set_device_name(std::string_view name, Parameters where);
Request check_for_update();
Request start_update(std::string_view stage, Parameters where);

}  // namespace stage3::rpc
