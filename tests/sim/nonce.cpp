#include "nonce.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "chance.hpp"
#include "device.hpp"
#include "login.hpp"
#include "settings.hpp"

namespace sim {
namespace {

NonceStyle style_of(const Device& device) {
  const LoginPlan& plan = *device.settings->login;
  if (plan.nonces) return *plan.nonces;
  // The Wall Display counts its versions on its own: its 2.x is not Shelly OS 2.0.
  if (device.settings->model->kind == Kind::wall_display) return NonceStyle::decimal_time;
  const int major = device.firmware->number.major;
  if (major == 0) return NonceStyle::hex_time;
  return major == 1 ? NonceStyle::decimal_time : NonceStyle::slots;
}

/// 64 characters that look like base64, different for every device and every nonce.
std::string base64_nonce(const Device& device, std::uint32_t number) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string nonce = "/";
  for (std::uint64_t i = 0; nonce.size() < 64; ++i) {
    nonce += kDigits[mix(device.mac, number, i, 0) >> 58];
  }
  return nonce;
}

/// Firmware before 2.0 hands out the time and keeps no record of it.
std::string time_nonce(NonceStyle style) {
  char text[32];
  const auto wall = static_cast<std::int64_t>(std::time(nullptr));
  std::snprintf(text, sizeof text, style == NonceStyle::hex_time ? "%" PRIx64 : "%" PRId64, wall);
  return text;
}

bool is_time_nonce(NonceStyle style, const std::string& nonce, double lifetime) {
  char* end = nullptr;
  const int base = style == NonceStyle::hex_time ? 16 : 10;
  const long long issued = std::strtoll(nonce.c_str(), &end, base);
  const auto age = static_cast<double>(std::time(nullptr) - issued);
  return !nonce.empty() && *end == '\0' && age >= 0 && age < lifetime;
}

std::string take_slot(Device& device, double now) {
  LoginState& state = *device.login;
  if (slots_are_full(device)) state.slots.clear();
  NonceSlot slot;
  slot.nonce = base64_nonce(device, state.issued++);
  slot.issued_at = now;
  state.slots.push_back(slot);
  return slot.nonce;
}

NonceUse use_slot(Device& device, const std::string& nonce, const std::string& count) {
  for (NonceSlot& slot : device.login->slots) {
    if (slot.nonce != nonce) continue;
    if (slot.uses >= device.settings->login->nonce_uses) return NonceUse::stale;
    const auto number = static_cast<std::uint32_t>(std::strtoul(count.c_str(), nullptr, 16));
    if (number <= slot.last_count) return NonceUse::replayed;
    slot.last_count = number;
    ++slot.uses;
    return NonceUse::fresh;
  }
  return NonceUse::stale;
}

}  // namespace

void prepare_login(Device& device) {
  if (device.login) return;
  device.login = std::make_unique<LoginState>();
  if (uses_slots(device)) {
    for (std::size_t i = 0; i < device.settings->login->slots_used; ++i) {
      device.login->slots.emplace_back();
    }
  }
}

bool uses_slots(const Device& device) {
  return style_of(device) == NonceStyle::slots;
}

bool slots_are_full(const Device& device) {
  return uses_slots(device) && device.login->slots.size() >= device.settings->login->slots;
}

void drop_expired(Device& device, double now) {
  const LoginPlan& plan = *device.settings->login;
  auto& slots = device.login->slots;
  const auto is_expired = [&](const NonceSlot& slot) {
    return now - slot.issued_at >= plan.nonce_lifetime;
  };
  slots.erase(std::remove_if(slots.begin(), slots.end(), is_expired), slots.end());
}

std::optional<std::string> opaque_of(const Device& device) {
  const LoginPlan& plan = *device.settings->login;
  if (plan.opaque) return plan.opaque;
  if (device.settings->model->kind == Kind::wall_display) return std::string();
  return std::nullopt;
}

std::string next_challenge(Device& device, double now, bool is_stale) {
  const NonceStyle style = style_of(device);
  const std::string nonce = style == NonceStyle::slots ? take_slot(device, now) : time_nonce(style);
  std::string challenge = "Digest qop=\"auth\", realm=\"" + shown_id(device) + "\", nonce=\"" +
                          nonce + "\", algorithm=SHA-256";
  if (const auto opaque = opaque_of(device)) challenge += ", opaque=\"" + *opaque + "\"";
  if (is_stale) challenge += ", stale=true";
  return challenge;
}

NonceUse use_nonce(Device& device, const std::string& nonce, const std::string& count) {
  const NonceStyle style = style_of(device);
  if (style == NonceStyle::slots) return use_slot(device, nonce, count);
  const double lifetime = device.settings->login->nonce_lifetime;
  return is_time_nonce(style, nonce, lifetime) ? NonceUse::fresh : NonceUse::stale;
}

}  // namespace sim
