#include "oddities.hpp"

#include <limits>
#include <map>
#include <stage3/device_probe.hpp>
#include <utility>
#include <variant>

namespace cli {
namespace {

using stage3::Config;
using stage3::Device;

/// The devices that share something, in file order.
using Sharing = std::map<std::string, std::vector<const Device*>>;

std::string keys_of(const std::vector<const Device*>& devices) {
  constexpr std::size_t kMost = 4;
  std::string keys = devices.front()->key;
  for (std::size_t i = 1; i < devices.size() && i < kMost; ++i)
    keys += ", " + devices[i]->key;
  if (devices.size() > kMost) keys += " and " + std::to_string(devices.size() - kMost) + " more";
  return keys;
}

void report_shared(const Sharing& sharing, const std::string& what,
                   std::vector<std::string>& ret_oddities) {
  for (const auto& [value, devices] : sharing) {
    if (devices.size() > 1) ret_oddities.push_back(keys_of(devices) + ": all have " + what + value);
  }
}

/// The name that the device would get, found by a conversation with a device that does not exist:
/// what a name may hold is the library's matter.
std::string name_given(const Device& device, Config config) {
  config.ota.enabled = false;
  stage3::Policy policy;
  policy.config = std::move(config);
  policy.dry_run = true;
  const std::string answer = R"({"id":"x","mac":")" + device.mac.to_string() +
                             R"(","ver":"1.0.0","app":"x","name":null,"auth_en":false})";
  stage3::DeviceProbe probe(policy, device);
  stage3::Action action = probe.on(stage3::Started{});
  while (!std::holds_alternative<stage3::Done>(action)) {
    if (std::holds_alternative<stage3::Ping>(action)) {
      action = probe.on(stage3::Pinged{true});
    } else if (std::holds_alternative<stage3::Call>(action)) {
      stage3::Reply reply;
      reply.status = 200;
      reply.body = answer;
      action = probe.on(reply);
    } else {
      probe.abandon();
      break;
    }
  }
  return probe.result().wanted_name;
}

std::string describe_cut(const Device& device, const Config& config) {
  const auto longest = static_cast<std::size_t>(config.friendly.max_length);
  if (device.wanted_name.text.size() <= longest) return {};
  Config unlimited = config;
  unlimited.friendly.max_length = std::numeric_limits<decltype(config.friendly.max_length)>::max();
  const std::string name = name_given(device, config);
  if (name == name_given(device, unlimited)) return {};
  return device.key + ": the name is longer than friendly.max_length (" + std::to_string(longest) +
         ") and will be cut to '" + name + "'";
}

bool has_unreadable_update(const Device& device) {
  const auto& on_record = device.on_record;
  return on_record && on_record->ota && on_record->ota->state == stage3::UpdateState::unreadable;
}

}  // namespace

std::vector<std::string> oddities_of(const std::vector<Device>& devices, const Config& config) {
  Sharing addresses;
  Sharing names;
  std::vector<std::string> cut;
  std::vector<std::string> unreadable;
  for (const Device& device : devices) {
    if (!device.defect.empty()) continue;
    // Whatever is said of TLS: there is one place.
    addresses[device.address.at_port(device.address.port()).to_string()].push_back(&device);
    if (has_unreadable_update(device)) {
      unreadable.push_back(device.key +
                           ": stage3.ota cannot be read, so it gets no update: put it right, or "
                           "delete it");
    }
    const std::string& name = device.wanted_name.text;
    if (!config.friendly.enabled || name.empty()) continue;
    names[name].push_back(&device);
    const std::string cut_name = describe_cut(device, config);
    if (!cut_name.empty()) cut.push_back(cut_name);
  }
  std::vector<std::string> oddities;
  report_shared(addresses, "the address ", oddities);
  report_shared(names, "the wanted name ", oddities);
  oddities.insert(oddities.end(), cut.begin(), cut.end());
  oddities.insert(oddities.end(), unreadable.begin(), unreadable.end());
  return oddities;
}

}  // namespace cli
