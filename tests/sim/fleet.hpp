#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "device.hpp"
#include "endpoint.hpp"
#include "settings.hpp"

namespace sim {

struct Scenario;

/// How many made-up devices there are and where the first one is.
struct FleetPlan {
  std::uint32_t devices = 1;
  std::uint32_t base = 0x7F010001;  ///< 127.1.0.1
  std::uint64_t mac_base = 0xA8032A000001;
};

/// A captured device: its answers and the settings that follow from them.
struct Capture {
  std::uint64_t mac = 0;
  Settings settings;
};

/// What listens at an endpoint.
struct Place {
  Device* device = nullptr;  ///< null: nothing
  bool is_tls = false;
};

/// All devices, and the settings that they share.
class Fleet {
 public:
  /// Captured devices come first, then made-up ones, at consecutive addresses. Throws InputError
  /// for two devices with one MAC and for addresses beyond 127/8. `scenario` must outlive the
  /// fleet.
  Fleet(const FleetPlan& plan, std::vector<Capture> captures, const Scenario& scenario);

  /// Has to be called when every device has its port. Throws InputError for two devices at one
  /// address and port.
  void index_endpoints();

  Place find(const Endpoint& endpoint) const;

  std::vector<Device>& devices() { return devices_; }
  const std::vector<Device>& devices() const { return devices_; }

 private:
  void index(const Endpoint& endpoint, const Place& place);
  void add(const Settings& base, std::uint64_t mac, std::uint32_t address);
  const Settings& derive(const Settings& base, std::size_t rule);
  const Settings& settings_for(const Settings& base, std::uint64_t mac, std::uint32_t address);

  const Scenario& scenario_;
  std::vector<Device> devices_;
  std::deque<Settings> bases_;
  /// Devices to which the same rules apply share their settings: what `base` becomes by `rule`.
  std::map<std::pair<const Settings*, std::size_t>, Settings> derived_;
  std::unordered_map<Endpoint, Place> by_endpoint_;
};

}  // namespace sim
