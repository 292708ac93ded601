#include "rollout/lines.hpp"

#include <algorithm>

namespace stage3::rollout {

namespace {

/// Calls `what(lines, key)` for the device's address and each of its MACs.
template <class Addresses, class Macs, class Do>
void for_each_key(Addresses& addresses, Macs& macs, const Device& device, Do what) {
  // An entry that cannot be used has no address to ask.
  if (!device.defect.empty()) return;
  what(addresses, device.address);
  what(macs, device.mac);
  for (const Mac& alias : device.aliases)
    what(macs, alias);
}

/// Calls `what` with each line there is for the device.
template <class Addresses, class Macs, class Do>
void for_each_line(Addresses& addresses, Macs& macs, const Device& device, Do what) {
  for_each_key(addresses, macs, device, [&](auto& lines, const auto& key) {
    const auto line = lines.find(key);
    if (line != lines.end()) what(line->second);
  });
}

}  // namespace

bool has_mac(const Device& device, const Mac& mac) {
  const auto& aliases = device.aliases;
  return device.mac == mac || std::find(aliases.begin(), aliases.end(), mac) != aliases.end();
}

Line* Lines::taken_by_another(const Device& device) {
  Line* taken = nullptr;
  for_each_line(addresses_, macs_, device, [&](Line& line) {
    if (taken == nullptr && line.is_taken()) taken = &line;
  });
  return taken;
}

void Lines::take(const Device& device) {
  const std::uint64_t holder = ++holders_;
  for_each_key(addresses_, macs_, device,
               [&](auto& lines, const auto& key) { lines[key].holder = holder; });
}

void Lines::release(const Device& device) {
  for_each_line(addresses_, macs_, device, [](Line& line) { line.holder = 0; });
}

Line* Lines::at(const Address& address) {
  const auto line = addresses_.find(address);
  return line == addresses_.end() ? nullptr : &line->second;
}

bool Lines::share_a_mac(const Device& device, std::uint64_t holder) const {
  const auto is_held = [&](const Mac& mac) {
    const auto line = macs_.find(mac);
    return line != macs_.end() && line->second.holder == holder;
  };
  return is_held(device.mac) || std::any_of(device.aliases.begin(), device.aliases.end(), is_held);
}

void Lines::enter(Line& line, std::list<Device>& from) noexcept {
  line.devices.splice(line.devices.end(), from, from.begin());
  ++waiting_;
}

void Lines::leave(Line& line, std::uint64_t except, std::list<Device>& to) noexcept {
  waiting_ -= move_if(line.devices, to, [&](const Device& device) {
    return except == 0 || !share_a_mac(device, except);
  });
}

void Lines::call_next(const Device& device, std::list<Device>& queue) {
  for_each_key(addresses_, macs_, device, [&](auto& lines, const auto& key) {
    const auto line = lines.find(key);
    if (line == lines.end() || line->second.is_taken()) return;
    auto& devices = line->second.devices;
    if (!devices.empty()) {
      queue.splice(queue.begin(), devices, devices.begin());
      --waiting_;
    }
    if (devices.empty()) lines.erase(line);
  });
}

std::size_t Lines::take_back(const Mac& mac, std::list<Device>& to) noexcept {
  std::size_t count = 0;
  const auto take_from = [&](auto& lines) {
    for (auto line = lines.begin(); line != lines.end();) {
      const auto next = std::next(line);
      Line& one = line->second;
      count += move_if(one.devices, to, [&](const Device& device) { return has_mac(device, mac); });
      if (one.devices.empty() && !one.is_taken()) lines.erase(line);
      line = next;
    }
  };
  take_from(addresses_);
  take_from(macs_);
  waiting_ -= count;
  return count;
}

void Lines::empty_into(std::list<Device>& to) {
  if (waiting_ == 0) return;
  const auto empty = [&](auto& lines) {
    for (auto& [key, line] : lines)
      to.splice(to.end(), line.devices);
  };
  empty(addresses_);
  empty(macs_);
  waiting_ = 0;
}

}  // namespace stage3::rollout
