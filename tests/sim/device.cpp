#include "device.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "fault.hpp"
#include "login.hpp"
#include "settings.hpp"
#include "tls_state.hpp"

namespace sim {
namespace {

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string made_up_id(const Settings& settings, std::uint64_t mac) {
  const std::string app = app_of(settings);
  // The Wall Display keeps capitals in its id, unlike every other device.
  if (settings.model->kind == Kind::wall_display) return "Shelly" + app + "-" + mac_text(mac);
  return "shelly" + lower(app) + "-" + lower(mac_text(mac));
}

}  // namespace

Device::Device() = default;
Device::~Device() = default;
Device::Device(Device&&) noexcept = default;
Device& Device::operator=(Device&&) noexcept = default;

std::string mac_text(std::uint64_t mac) {
  char text[16];
  std::snprintf(text, sizeof text, "%012" PRIX64, mac & 0xFFFFFFFFFFFFU);
  return text;
}

std::optional<std::uint64_t> parse_mac(const std::string& text) {
  if (text.size() != 12 || text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos) {
    return std::nullopt;
  }
  return std::strtoull(text.c_str(), nullptr, 16);
}

std::uint64_t shown_mac(const Device& device) {
  const Fault* fault = identity_fault(device);
  return fault != nullptr ? fault->mac : device.mac;
}

std::string shown_id(const Device& device) {
  const Settings& settings = *device.settings;
  if (const Fault* fault = identity_fault(device)) {
    return fault->id.empty() ? made_up_id(settings, fault->mac) : fault->id;
  }
  return settings.id ? expand(*settings.id, device) : made_up_id(settings, device.mac);
}

std::string app_of(const Settings& settings) {
  if (settings.app) return *settings.app;
  const auto& info = settings.model->info;
  const auto app = info.FindMember(settings.model->kind == Kind::gen1 ? "type" : "app");
  return app != info.MemberEnd() && app->value.IsString() ? app->value.GetString() : "";
}

std::string expand(const std::string& text, const Device& device) {
  if (text.find('{') == std::string::npos) return text;
  std::string result = text;
  replace_all(result, "{index}", std::to_string(device.index));
  replace_all(result, "{mac}", mac_text(device.mac));
  replace_all(result, "{mac_lower}", lower(mac_text(device.mac)));
  replace_all(result, "{ip}", address_text(device.endpoint));
  replace_all(result, "{port}", std::to_string(device.endpoint.port));
  replace_all(result, "{tls_port}", std::to_string(device.tls ? device.tls->port : 0));
  if (result.find("{id}") != std::string::npos) replace_all(result, "{id}", shown_id(device));
  return result;
}

}  // namespace sim
