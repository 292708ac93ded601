#pragma once

#include <optional>
#include <string>
#include <string_view>

/// What a Shelly answers: the one place in the C++ tests that knows it. Those that play a device
/// add when it answers, over what, and what is odd about it. It shares no code with the project, so
/// that one cannot hide the other's mistakes. Whole devices, with a login that is checked and an
/// update that takes place, are the simulator's (tests/sim).
namespace shelly {

/// Where requests go over HTTP.
constexpr const char* kInfo = "/rpc/Shelly.GetDeviceInfo";
constexpr const char* kConfig = "/rpc/Sys.GetConfig";
constexpr const char* kStatus = "/rpc/Sys.GetStatus";
constexpr const char* kCheck = "/rpc/Shelly.CheckForUpdate";
constexpr const char* kUpdate = "/rpc/Shelly.Update?stage=stable";
/// Writes the name "Neu", the one that all tests write.
constexpr const char* kSetName =
    "/rpc/Sys.SetConfig?config=%7B%22device%22%3A%7B%22name%22%3A%22Neu%22%7D%7D";

/// "Sys.SetConfig" for kSetName; of what is no RPC the path without its first slash.
std::string_view rpc_of(std::string_view target);

bool asks_identity(std::string_view rpc);
bool writes_name(std::string_view rpc);
bool starts_update(std::string_view rpc);
/// Anything but what is known to read.
bool writes(std::string_view rpc);

/// What a device is, and tells of itself.
struct Device {
  std::string mac = "A8032ABE54DC";
  std::string name = "null";  ///< as JSON
  bool tells_name = true;     ///< in its identity; false: in its configuration only
  std::string version = "1.7.0";
  std::optional<std::string> fw_id = std::nullopt;  ///< none: one that goes with the version
  std::optional<bool> auth_en = std::nullopt;       ///< none: not told
  std::string more = {};         ///< further members of its identity: `"slot":0,"profile":"switch"`
  std::string stable = "1.7.5";  ///< what is offered; empty: nothing
  std::string beta = {};
  int uptime = 86400;  ///< in seconds
};

struct Answer {
  int status = 200;
  std::string body;
};

/// Answers as a healthy device. It keeps the name that it is given.
Answer answer(Device& device, std::string_view rpc);
/// The first answer of one that is as `device` is.
Answer first_answer(Device device, std::string_view rpc);

/// The id that goes with a MAC, and is the realm of its logins.
std::string id_of(std::string_view mac);
/// Shelly.GetDeviceInfo.
std::string device_info(const Device& device);
/// Sys.GetConfig.
std::string sys_config(const Device& device);
/// Sys.GetStatus of a device that has run for so many seconds; with a `wakeup_period` it sleeps.
std::string sys_status(int uptime, int wakeup_period = 0);
/// Shelly.CheckForUpdate. Empty: nothing is offered at that stage.
std::string offers(const std::string& stable, const std::string& beta = {});
/// Sys.SetConfig.
constexpr const char* kSaved = R"({"restart_required":false})";
/// What went wrong.
std::string error(int code, std::string_view message);

/// The value of WWW-Authenticate. `rest` stands behind the nonce.
constexpr const char* kSha256 = ", algorithm=SHA-256";
std::string challenge(const std::string& realm, const std::string& nonce = "1694692867",
                      const std::string& rest = kSha256);

}  // namespace shelly
