#include "describe.hpp"

#include <algorithm>
#include <cstdint>
#include <ctime>

#include "absence.hpp"
#include "device.hpp"
#include "json_build.hpp"
#include "offers.hpp"
#include "settings.hpp"

namespace sim {
namespace {

using rapidjson::Document;
using rapidjson::Value;

Value name_value(const Device& device, JsonAllocator& allocator) {
  return device.name ? text_value(*device.name, allocator) : Value();
}

/// Each awakening of a sleeper is a boot.
std::int64_t uptime_of(const Device& device, double now) {
  double booted_at = device.booted_at;
  if (const auto woke_at = last_awakening(device, now)) booted_at = std::max(booted_at, *woke_at);
  return static_cast<std::int64_t>(now - booted_at);
}

void put_override(Value& object, const char* key, const std::optional<std::string>& text,
                  JsonAllocator& allocator) {
  if (text) put_text(object, key, *text, allocator);
}

void put_flag(Value& object, const char* key, std::optional<bool> flag, JsonAllocator& allocator) {
  if (flag) put(object, key, Value(*flag), allocator);
}

std::string describe_gen1(const Device& device) {
  Document info;
  info.CopyFrom(device.settings->model->info, info.GetAllocator());
  put_text(info, "mac", mac_text(shown_mac(device)), info.GetAllocator());
  put(info, "auth", Value(device.settings->login.has_value()), info.GetAllocator());
  return to_json(info);
}

Value offer_value(const Firmware& firmware, bool with_build, JsonAllocator& allocator) {
  Value value(rapidjson::kObjectType);
  put_text(value, "version", firmware.version, allocator);
  if (with_build) put_text(value, "build_id", firmware.build_id, allocator);
  return value;
}

Value offers_value(const Device& device, double now, bool with_build, JsonAllocator& allocator) {
  const Offers offers = offers_of(device, now);
  Value value(rapidjson::kObjectType);
  if (offers.stable != nullptr) {
    put(value, "stable", offer_value(offers.stable->firmware, with_build, allocator), allocator);
  }
  if (offers.beta != nullptr) {
    put(value, "beta", offer_value(offers.beta->firmware, with_build, allocator), allocator);
  }
  return value;
}

void fill_sys_config(Value& sys, const Device& device, JsonAllocator& allocator) {
  Value& about = object_in(sys, "device", allocator);
  put(about, "name", name_value(device, allocator), allocator);
  put_text(about, "mac", mac_text(shown_mac(device)), allocator);
  put_text(about, "fw_id", device.firmware->build_id, allocator);
  put_flag(about, "discoverable", device.discoverable, allocator);
  put_flag(about, "eco_mode", device.eco_mode, allocator);
  put(sys, "cfg_rev", Value(device.cfg_rev), allocator);
}

/// What only devices tell that sleep.
void put_awakening(Value& sys, const Settings& settings, JsonAllocator& allocator) {
  std::uint32_t period = settings.wakeup_period.value_or(0);
  if (settings.sleep && !settings.wakeup_period) {
    period = static_cast<std::uint32_t>(std::max(1.0, settings.sleep->period));
  }
  if (period == 0) return;
  Value& reason = object_in(sys, "wakeup_reason", allocator);
  put_text(reason, "boot", "deepsleep_wake", allocator);
  put_text(reason, "cause", "periodic", allocator);
  put(sys, "wakeup_period", Value(period), allocator);
}

void fill_sys_status(Value& sys, const Device& device, double now, JsonAllocator& allocator) {
  const std::time_t wall = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&wall, &utc);
  char clock[8];
  std::strftime(clock, sizeof clock, "%H:%M", &utc);
  put_text(sys, "mac", mac_text(shown_mac(device)), allocator);
  put(sys, "time", Value(clock, allocator), allocator);
  put(sys, "unixtime", Value(static_cast<std::int64_t>(wall)), allocator);
  put(sys, "uptime", Value(uptime_of(device, now)), allocator);
  put(sys, "cfg_rev", Value(device.cfg_rev), allocator);
  put(sys, "available_updates", offers_value(device, now, false, allocator), allocator);
  put(sys, "restart_required", Value(device.restart_required), allocator);
  put_awakening(sys, *device.settings, allocator);
}

}  // namespace

std::string describe_info(const Device& device, double now) {
  const Settings& settings = *device.settings;
  if (settings.model->kind == Kind::gen1) return describe_gen1(device);
  Document info;
  JsonAllocator& allocator = info.GetAllocator();
  info.CopyFrom(settings.model->info, allocator);
  if (info.HasMember("name")) put(info, "name", name_value(device, allocator), allocator);
  if (info.HasMember("uptime")) put(info, "uptime", Value(uptime_of(device, now)), allocator);
  const std::string id = shown_id(device);
  put_text(info, "id", id, allocator);
  put_text(info, "mac", mac_text(shown_mac(device)), allocator);
  put_override(info, "app", settings.app, allocator);
  put_override(info, "model", settings.model_code, allocator);
  if (settings.gen) put(info, "gen", Value(*settings.gen), allocator);
  put_text(info, "fw_id", device.firmware->build_id, allocator);
  put_text(info, "ver", device.firmware->version, allocator);
  if (settings.auth_en || settings.login) {
    const bool auth_en = settings.auth_en.value_or(settings.login.has_value());
    put(info, "auth_en", Value(auth_en), allocator);
    put(info, "auth_domain", auth_en ? text_value(id, allocator) : Value(), allocator);
  }
  return to_json(info);
}

std::string describe_config(const Device& device) {
  Document config;
  config.CopyFrom(device.settings->model->config, config.GetAllocator());
  fill_sys_config(object_in(config, "sys", config.GetAllocator()), device, config.GetAllocator());
  return to_json(config);
}

std::string describe_sys_config(const Device& device) {
  Document sys;
  sys.CopyFrom(device.settings->model->config["sys"], sys.GetAllocator());
  fill_sys_config(sys, device, sys.GetAllocator());
  return to_json(sys);
}

std::string describe_status(const Device& device, double now) {
  Document status;
  JsonAllocator& allocator = status.GetAllocator();
  status.CopyFrom(device.settings->model->status, allocator);
  fill_sys_status(object_in(status, "sys", allocator), device, now, allocator);
  put_text(object_in(status, "wifi", allocator), "sta_ip", address_text(device.endpoint),
           allocator);
  return to_json(status);
}

std::string describe_sys_status(const Device& device, double now) {
  Document sys;
  sys.CopyFrom(device.settings->model->status["sys"], sys.GetAllocator());
  fill_sys_status(sys, device, now, sys.GetAllocator());
  return to_json(sys);
}

std::string describe_offers(const Device& device, double now) {
  Document result;
  JsonAllocator& allocator = result.GetAllocator();
  static_cast<Value&>(result) = offers_value(device, now, true, allocator);
  const std::string& alt = device.settings->update.alt;
  if (!alt.empty()) {
    Document parsed(&allocator);
    parsed.Parse(alt.data(), alt.size());
    put(result, "alt", Value(parsed, allocator), allocator);
  }
  return to_json(result);
}

}  // namespace sim
