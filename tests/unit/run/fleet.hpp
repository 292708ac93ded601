#pragma once

#include <stage3/runner.hpp>

#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "../../shelly/shelly.hpp"
#include "../net/tiny_server.hpp"
#include "../patience.hpp"

namespace stage3 {

using shelly::kCheck;
using shelly::kInfo;
using shelly::kSetName;
using shelly::kUpdate;

/// A fleet's MACs: the server's host number in the last bytes.
inline std::string mac_of(std::size_t host) {
  char text[32];
  std::snprintf(text, sizeof text, "02%010zX", host);
  return text;
}

inline Device device_at(const TinyServer& server, std::size_t host) {
  Device device;
  device.key = mac_of(host);
  device.mac = *Mac::parse(device.key);
  device.address = server.address(host);
  return device;
}

/// One device for each of the server's first `count` addresses.
inline std::vector<Device> fleet(const TinyServer& server, std::size_t count) {
  std::vector<Device> out;
  for (std::size_t host = 0; host < count; ++host)
    out.push_back(device_at(server, host));
  return out;
}

inline bool writes_name(const Asked& asked) {
  return shelly::writes_name(shelly::rpc_of(asked.target));
}

/// The device at one of the server's addresses: it has no name, and 1.7.5 to offer over 1.7.0.
inline shelly::Device shelly_at(std::size_t host) {
  shelly::Device device;
  device.mac = mac_of(host);
  return device;
}

inline Sends http(const shelly::Answer& answer) {
  return http(answer.status, answer.body);
}

/// Answers as a healthy Shelly that forgets the name it is given.
inline Sends healthy(const Asked& asked) {
  return http(shelly::first_answer(shelly_at(asked.host), shelly::rpc_of(asked.target)));
}

/// A 401 that asks for the login of the device at that address.
inline Sends wants_login(std::size_t host) {
  return http(401, "",
              "WWW-Authenticate: " + shelly::challenge(shelly::id_of(mac_of(host))) + "\r\n");
}

/// Healthy devices that keep the name they are given.
class Nameable {
 public:
  Sends operator()(const Asked& asked) {
    shelly::Device& device = devices_.try_emplace(asked.host, shelly_at(asked.host)).first->second;
    return http(shelly::answer(device, shelly::rpc_of(asked.target)));
  }

 private:
  std::map<std::size_t, shelly::Device> devices_;
};

/// Takes every connection and says nothing.
inline Sends silent(const Asked&) {
  return {"", Sends::Then::hang, {}};
}

/// Limits far beyond what these tests wait for, none on rates.
inline Config quick() {
  Config config;
  config.timeouts.reach = 10 * kPatience;
  config.timeouts.rpc = 10 * kPatience;
  config.ota.timeout = 10 * kPatience;
  config.network.connect_rate = 0;
  config.ota.rate = 0;
  return config;
}

inline Config updating() {
  Config config = quick();
  config.ota.mode = OtaMode::check_and_update;
  return config;
}

/// Steps until `happened`; false: it has not for long.
inline bool step_until(Worker& worker, const std::function<bool()>& happened) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!happened()) {
    if (std::chrono::steady_clock::now() > end) return false;
    worker.step(std::chrono::milliseconds(5));
  }
  return true;
}

/// Collects results, from any thread.
class Results {
 public:
  Callbacks callbacks() {
    Callbacks out;
    out.on_result = [this](const DeviceResult& result) { take(result); };
    return out;
  }
  void take(const DeviceResult& result) {
    const std::lock_guard<std::mutex> lock(mutex_);
    results_.push_back(result);
  }
  std::vector<DeviceResult> all() const {
    const std::lock_guard<std::mutex> lock(mutex_);
    return results_;
  }
  std::size_t count(Outcome outcome) const {
    std::size_t out = 0;
    for (const DeviceResult& result : all())
      if (result.outcome == outcome) ++out;
    return out;
  }
  /// How many devices there are, each told once; 0 if one was told twice.
  std::size_t count_told_once() const {
    std::map<std::string, int> times;
    for (const DeviceResult& result : all())
      if (++times[result.device.key] > 1) return 0;
    return times.size();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<DeviceResult> results_;
};

}  // namespace stage3
