#include "fleet.hpp"

#include <unordered_set>

#include "input_error.hpp"
#include "scenario.hpp"
#include "settings_reader.hpp"
#include "tls_state.hpp"

namespace sim {
namespace {

constexpr std::uint32_t kLastLoopback = 0x7FFFFFFE;  // 127.255.255.255 is a broadcast address

Candidate candidate(const Settings& settings, std::uint64_t mac, std::uint32_t address) {
  Candidate device;
  device.mac = settings.mac.value_or(mac_text(mac));
  device.ip = address_text({settings.ipv4.value_or(address), 0});
  device.app = app_of(settings);
  device.model = settings.model_code.value_or("");
  return device;
}

std::optional<bool> flag(const rapidjson::Value& object, const char* key) {
  const auto member = object.FindMember(key);
  if (member == object.MemberEnd() || !member->value.IsBool()) return std::nullopt;
  return member->value.GetBool();
}

void set_from_model(Device& device, const rapidjson::Value& sys) {
  device.cfg_rev = sys["cfg_rev"].GetUint();
  device.eco_mode = flag(sys["device"], "eco_mode");
  device.discoverable = flag(sys["device"], "discoverable");
}

void check_macs(const std::vector<Device>& devices) {
  std::unordered_set<std::uint64_t> seen;
  for (const Device& device : devices) {
    if (!seen.insert(device.mac).second) {
      throw InputError("two devices have the MAC " + mac_text(device.mac) +
                       ": a rule that sets \"mac\" must match one device only");
    }
  }
}

}  // namespace

Fleet::Fleet(const FleetPlan& plan, std::vector<Capture> captures, const Scenario& scenario)
    : scenario_(scenario) {
  const std::size_t count = captures.size() + plan.devices;
  if (count > kLastLoopback - plan.base + 1) {
    throw InputError("too many devices for addresses from " + address_text({plan.base, 0}) +
                     " on: lower --base");
  }
  devices_.reserve(count);
  std::uint32_t address = plan.base;
  for (Capture& capture : captures) {
    add(bases_.emplace_back(std::move(capture.settings)), capture.mac, address++);
  }
  const Settings& made_up = bases_.emplace_back(default_settings());
  for (std::uint32_t i = 0; i < plan.devices; ++i)
    add(made_up, plan.mac_base + i, address++);
  check_macs(devices_);
}

const Settings& Fleet::derive(const Settings& base, std::size_t rule) {
  const auto [place, is_new] = derived_.try_emplace({&base, rule}, base);
  if (is_new) read_settings(scenario_.rules[rule].settings, place->second);
  return place->second;
}

const Settings& Fleet::settings_for(const Settings& base, std::uint64_t mac,
                                    std::uint32_t address) {
  const Settings* settings = &base;
  const auto index = static_cast<std::uint32_t>(devices_.size());
  for (std::size_t rule = 0; rule < scenario_.rules.size(); ++rule) {
    const Match& match = scenario_.rules[rule].match;
    if (!match.includes(index, scenario_.seed, rule)) continue;
    if (match.has_globs() && !match.fits(candidate(*settings, mac, address))) continue;
    settings = &derive(*settings, rule);
  }
  return *settings;
}

void Fleet::add(const Settings& base, std::uint64_t mac, std::uint32_t address) {
  const Settings& settings = settings_for(base, mac, address);
  Device device;
  device.index = static_cast<std::uint32_t>(devices_.size());
  device.mac = settings.mac ? *parse_mac(*settings.mac) : mac;
  device.endpoint = {settings.ipv4.value_or(address), 0};
  device.settings = &settings;
  device.firmware = &settings.firmware;
  if (settings.name) device.name = expand(*settings.name, device);
  device.booted_at = -settings.uptime;
  device.restart_required = settings.restart_required;
  set_from_model(device, settings.model->config["sys"]);
  if (settings.tls) device.tls = std::make_unique<TlsState>();
  devices_.push_back(std::move(device));
}

void Fleet::index(const Endpoint& endpoint, const Place& place) {
  const auto [known, is_new] = by_endpoint_.emplace(endpoint, place);
  if (is_new) return;
  if (known->second.device == place.device) {
    throw InputError("HTTP and HTTPS of " + mac_text(place.device->mac) + " are both at " +
                     endpoint_text(endpoint) +
                     "; give one of them another port (--port, --tls-port, \"port\")");
  }
  throw InputError("two devices are at " + endpoint_text(endpoint) + ": " +
                   mac_text(known->second.device->mac) + " and " + mac_text(place.device->mac) +
                   "; give one of them a \"port\" of its own (0: a free one)");
}

void Fleet::index_endpoints() {
  by_endpoint_.reserve(devices_.size());
  for (Device& device : devices_) {
    if (device.settings->presence == Presence::refused) continue;
    if (!refuses_http(*device.settings)) index(device.endpoint, {&device, false});
    if (device.tls) index({device.endpoint.ipv4, device.tls->port}, {&device, true});
  }
}

Place Fleet::find(const Endpoint& endpoint) const {
  const auto found = by_endpoint_.find(endpoint);
  return found == by_endpoint_.end() ? Place() : found->second;
}

}  // namespace sim
