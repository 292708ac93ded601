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

#include "../net/tiny_server.hpp"
#include "../patience.hpp"

namespace stage3 {

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

inline std::string info_of(std::size_t host) {
  return R"({"id":"shelly-)" + mac_of(host) + R"(","mac":")" + mac_of(host) +
         R"(","gen":2,"ver":"1.7.0","fw_id":"","app":"Plus1","name":null})";
}

/// Answers as a healthy Shelly that has 1.7.5 to offer.
inline Sends healthy(const Asked& asked) {
  if (asked.target == "/rpc/Shelly.GetDeviceInfo") return http(200, info_of(asked.host));
  if (asked.target == "/rpc/Shelly.CheckForUpdate")
    return http(200, R"({"stable":{"version":"1.7.5"}})");
  if (asked.target.rfind("/rpc/Shelly.Update", 0) == 0) return http(200, "null");
  return http(404, R"({"code":404})");
}

/// Takes every connection and says nothing.
inline Sends silent(const Asked&) {
  return {"", Sends::Then::hang, {}};
}

/// Limits far beyond what these tests wait for, none on rates.
inline Config quick() {
  Config config;
  config.timeouts.reach = 10 * kPatience;
  config.timeouts.rpc = 10 * kPatience;
  config.network.connect_rate = 0;
  config.ota.rate = 0;
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
