#include "oddities.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <stage3/device_probe.hpp>
#include <stage3/text.hpp>
#include <string>
#include <utility>
#include <variant>

namespace cli {
namespace {

using stage3::Config;
using stage3::Device;

/// The devices that share something, in file order.
using Sharing = std::map<std::string, std::vector<const Device*>>;

/// Those that get one name, and what it is.
struct SharedName {
  std::string given;
  std::vector<const Device*> devices;
};
/// By what all spellings of the name have in common.
using SharedNames = std::map<std::string, SharedName>;

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

void report_shared(const SharedNames& names, std::vector<std::string>& ret_oddities) {
  for (const auto& [form, name] : names) {
    if (name.devices.size() < 2) continue;
    const std::string& spelling = name.devices.front()->wanted_name.text;
    const bool is_one =
        std::all_of(name.devices.begin(), name.devices.end(),
                    [&](const Device* device) { return device->wanted_name.text == spelling; });
    ret_oddities.push_back(keys_of(name.devices) +
                           (is_one ? ": all have the wanted name " + spelling
                                   : ": spelled differently, all get the name " + name.given));
  }
}

stage3::Policy dry_policy(Config config) {
  stage3::Policy policy;
  policy.config = std::move(config);
  policy.dry_run = true;
  return policy;
}

/// The name that the device would get, found by a conversation with a device that does not exist:
/// what a name may hold is the library's matter.
std::string name_given(const Device& device, Config config) {
  config.ota.enabled = false;
  config.network.tls = stage3::TlsMode::off;
  Device stand_in;  // by whatever way the device itself is asked
  stand_in.address = device.address.at_port(80);
  stand_in.mac = device.mac;
  stand_in.wanted_name = device.wanted_name;
  const std::string answer = R"({"id":"x","mac":")" + device.mac.to_string() +
                             R"(","ver":"1.0.0","app":"x","name":null,"auth_en":false})";
  stage3::Reply reply;
  reply.status = 200;
  reply.body = answer;
  const stage3::Policy policy = dry_policy(std::move(config));
  stage3::DeviceProbe probe(policy, stand_in);
  stage3::Action action = probe.on(stage3::Started{});
  while (!std::holds_alternative<stage3::Done>(action)) {
    if (std::holds_alternative<stage3::Ping>(action)) {
      action = probe.on(stage3::Pinged{true});
    } else if (std::holds_alternative<stage3::Call>(action)) {
      action = probe.on(reply);
    } else {
      probe.abandon();
      break;
    }
  }
  return probe.result().wanted_name;
}

std::string describe_cut(const Device& device, const Config& config, const std::string& name) {
  const auto longest = static_cast<std::size_t>(config.friendly.max_length);
  if (device.wanted_name.text.size() <= longest) return {};
  Config unlimited = config;
  unlimited.friendly.max_length = std::numeric_limits<decltype(config.friendly.max_length)>::max();
  if (name == name_given(device, unlimited)) return {};
  return device.key + ": the name is longer than friendly.max_length (" + std::to_string(longest) +
         ") and will be cut to '" + name + "'";
}

bool has_unreadable_update(const Device& device) {
  const auto& on_record = device.on_record;
  return on_record && on_record->ota && on_record->ota->state == stage3::UpdateState::unreadable;
}

}  // namespace

std::vector<std::string> contradictions_of(const std::vector<Device>& devices,
                                           const Config& config) {
  std::vector<std::string> contradictions;
  const stage3::Policy policy = dry_policy(config);
  for (const Device& device : devices) {
    if (!device.defect.empty()) continue;
    stage3::DeviceProbe probe(policy, device);
    // Before it would have asked for anything.
    if (std::holds_alternative<stage3::Done>(probe.on(stage3::Started{})))
      contradictions.push_back(device.key + ": " + probe.result().error_text());
  }
  return contradictions;
}

std::vector<std::string> oddities_of(const std::vector<Device>& devices, const Config& config) {
  Sharing addresses;
  SharedNames names;
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
    const std::string given = name_given(device, config);
    if (given.empty()) continue;
    SharedName& shared = names[stage3::canonical(given)];
    shared.given = given;
    shared.devices.push_back(&device);
    const std::string cut_name = describe_cut(device, config, given);
    if (!cut_name.empty()) cut.push_back(cut_name);
  }
  std::vector<std::string> oddities;
  report_shared(addresses, "the address ", oddities);
  report_shared(names, oddities);
  oddities.insert(oddities.end(), cut.begin(), cut.end());
  oddities.insert(oddities.end(), unreadable.begin(), unreadable.end());
  return oddities;
}

}  // namespace cli
