#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <stage3/address.hpp>
#include <stage3/config.hpp>

/// What devices answer, as plain structs. Every reader takes any bytes and never trusts them.
namespace stage3::rpc {

/// Why an answer cannot be used, in a few words that follow `<part>: `.
struct Unusable {
  std::string why;
};

template <class T>
using Answer = std::variant<T, Unusable>;

/// A name as a device gives it: a device without one answers null or "".
struct NameInAnswer {
  /// False: no such member (a Wall Display's has none), or a damaged one.
  bool is_given = false;
  std::string name;
};

/// Shelly.GetDeviceInfo, also `GET /shelly`. A text that is missing, damaged or no text at all is
/// empty; only without a MAC the whole answer is unusable.
struct DeviceInfo {
  /// Nothing but the MAC is set then.
  bool is_gen1 = false;
  Mac mac;
  /// E.g. "shellyplus1-a8032abe54dc"; also the realm of the login.
  std::string id;
  /// E.g. "Plus1".
  std::string app;
  /// E.g. "1.7.5".
  std::string ver;
  /// E.g. "20260311-095911/1.7.5-g9979d16".
  std::string fw_id;
  bool auth_en = false;
  NameInAnswer name;
};

/// One offer of Shelly.CheckForUpdate.
struct Offer {
  std::string version;
  /// Empty where it is missing or damaged.
  std::string build_id;
};

struct Offers {
  std::optional<Offer> stable;
  std::optional<Offer> beta;
};

/// The error object of an RPC: `{"code":-103,"message":"Invalid argument"}`, bare or as the member
/// `error` of a frame.
struct RpcError {
  /// 0: it has none that can be read.
  int code = 0;
  /// Empty where it is missing, damaged or absurdly long.
  std::string message;
};

Answer<DeviceInfo> read_device_info(std::string_view body);

/// Sys.GetConfig: the name and the MAC, each where it is given.
struct SysConfig {
  NameInAnswer name;
  std::optional<Mac> mac;
};
Answer<SysConfig> read_sys_config(std::string_view body);

/// Sys.GetStatus.
struct SysStatus {
  /// Seconds since it began to run; none: it does not say.
  std::optional<std::int64_t> uptime;
  /// Sleeps, and wakes up now and then.
  bool is_sleeper = false;
};
Answer<SysStatus> read_sys_status(std::string_view body);

/// Only `stable` counts, and `beta` where that is the wanted stage; offers of other firmware
/// (`alt`) or of test builds are none. One that counts and has no version makes the answer
/// unusable.
Answer<Offers> read_offers(std::string_view body, OtaStage wanted);

/// Whether a whole answer with status 200 that is no error says yes: `null`, `{}`, nothing, or any
/// other JSON. What is none leaves open what the device has done.
bool is_acceptance(std::string_view body);

/// None where the body is not an error object: one that has a member `code` or `error`.
std::optional<RpcError> read_rpc_error(std::string_view body);

}  // namespace stage3::rpc
