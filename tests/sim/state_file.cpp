#include "state_file.hpp"

#include <rapidjson/filewritestream.h>
#include <rapidjson/prettywriter.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "fleet.hpp"
#include "input_error.hpp"
#include "json_build.hpp"
#include "scenario.hpp"
#include "tls_state.hpp"

namespace sim {
namespace {

using FileWriter = rapidjson::PrettyWriter<rapidjson::FileWriteStream>;
using rapidjson::Value;

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

/// Only HTTPS can be spoken there, and at a port that nobody finds who is not told.
bool needs_https(const Device& device) {
  return device.tls && refuses_http(*device.settings) &&
         (device.endpoint.port != kHttpPort || device.tls->port != kHttpsPort);
}

void put_place(Value& entry, const Device& device, JsonAllocator& allocator) {
  const StatePlan& plan = device.settings->state;
  const bool is_https = needs_https(device);
  const Endpoint place{device.endpoint.ipv4, is_https ? device.tls->port : device.endpoint.port};
  const bool joins_port = place.port != (is_https ? kHttpsPort : kHttpPort) && !plan.port_field;
  const std::string own = std::string(is_https ? "https://" : "") +
                          (joins_port ? endpoint_text(place) : address_text(place));
  put_text(entry, "ip", plan.ip.empty() ? own : expand(plan.ip, device), allocator);
  if (plan.port_field) put(entry, "port", Value(place.port), allocator);
}

/// Field values are JSON; those that are strings are templates.
Value field_value(const std::string& json, const Device& device, JsonAllocator& allocator) {
  rapidjson::Document value(&allocator);
  value.Parse(json.data(), json.size());
  if (!value.IsString()) return Value(value, allocator);
  return text_value(expand({value.GetString(), value.GetStringLength()}, device), allocator);
}

Value entry_of(const Device& device, JsonAllocator& allocator) {
  const StatePlan& plan = device.settings->state;
  Value entry(rapidjson::kObjectType);
  put_place(entry, device, allocator);
  put_text(entry, "model", app_of(*device.settings), allocator);
  put_text(entry, "fw", device.firmware->version, allocator);
  put_text(entry, "hostname", shown_id(device), allocator);
  if (device.name) put_text(entry, "friendly_name", *device.name, allocator);
  for (const auto& [key, json] : plan.fields) {
    put(entry, key.c_str(), field_value(json, device, allocator), allocator);
  }
  for (const std::string& key : plan.omitted)
    entry.RemoveMember(key.c_str());
  return entry;
}

void write_entries(FileWriter& writer, const Fleet& fleet, const Scenario& scenario) {
  for (const Device& device : fleet.devices()) {
    const StatePlan& plan = device.settings->state;
    if (!plan.present) continue;
    rapidjson::Document scratch;
    const std::string key = plan.mac.empty() ? mac_text(device.mac) : expand(plan.mac, device);
    writer.Key(key.c_str(), static_cast<rapidjson::SizeType>(key.size()));
    entry_of(device, scratch.GetAllocator()).Accept(writer);
  }
  for (const auto& [mac, node] : scenario.state_entries) {
    writer.Key(mac.c_str(), static_cast<rapidjson::SizeType>(mac.size()));
    node.value().Accept(writer);
  }
}

}  // namespace

void write_state_file(const std::string& path, bool is_wrapped, const Fleet& fleet,
                      const Scenario& scenario) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "we"),
                                                             &std::fclose);
  if (!file) throw InputError(path + ": cannot write the state: " + std::strerror(errno));
  char buffer[65536];
  rapidjson::FileWriteStream stream(file.get(), buffer, sizeof buffer);
  FileWriter writer(stream);
  writer.SetIndent(' ', 2);
  writer.StartObject();
  if (is_wrapped) {
    writer.Key("version");
    writer.Int(1);
    writer.Key("devices");
    writer.StartObject();
  }
  write_entries(writer, fleet, scenario);
  if (is_wrapped) writer.EndObject();
  writer.EndObject();
  stream.Put('\n');
  stream.Flush();
}

}  // namespace sim
