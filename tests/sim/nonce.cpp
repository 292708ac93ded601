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
  NonceSlot slot;
  slot.nonce = base64_nonce(device, state.issued++);
  slot.issued_at = now;
  state.slots.push_back(slot);
  return slot.nonce;
}

/// Another program asks until so many slots are taken.
void fill_slots(Device& device, std::size_t count, double now) {
  while (device.login->slots.size() < count)
    take_slot(device, now);
}

NonceSlot* find_slot(Device& device, const std::string& nonce) {
  auto& slots = device.login->slots;
  const auto found = std::find_if(slots.begin(), slots.end(),
                                  [&](const NonceSlot& slot) { return slot.nonce == nonce; });
  return found == slots.end() ? nullptr : &*found;
}

NonceUse use_slot(Device& device, const std::string& nonce, const std::string& count) {
  NonceSlot* const slot = find_slot(device, nonce);
  if (slot == nullptr || slot->uses >= device.settings->login->nonce_uses) return NonceUse::stale;
  if (slot->uses == 0 && count != "00000001") return NonceUse::miscounted;
  const auto number = static_cast<std::uint32_t>(std::strtoul(count.c_str(), nullptr, 16));
  if (number <= slot->last_count) return NonceUse::miscounted;
  slot->last_count = number;
  ++slot->uses;
  return NonceUse::fresh;
}

}  // namespace

void prepare_login(Device& device) {
  if (device.login) return;
  device.login = std::make_unique<LoginState>();
  if (uses_slots(device)) fill_slots(device, device.settings->login->slots_used, 0);
}

bool uses_slots(const Device& device) {
  return style_of(device) == NonceStyle::slots;
}

bool slots_are_full(const Device& device) {
  return uses_slots(device) && device.login->slots.size() >= device.settings->login->slots;
}

bool is_lost(Device& device, const std::string& nonce) {
  return slots_are_full(device) && find_slot(device, nonce) == nullptr;
}

bool is_in_window(Device& device, double now) {
  const LoginPlan& plan = *device.settings->login;
  std::optional<double>& ends = device.login->window_ends;
  if (!slots_are_full(device)) {
    ends.reset();
    return false;
  }
  if (!ends) ends = now + plan.slot_window;
  if (now < *ends || !plan.frees_slots) return true;
  ends.reset();
  device.login->slots.erase(device.login->slots.begin());
  return false;
}

void lose_nonces(Device& device, double now) {
  device.login->slots.clear();
  device.login->window_ends.reset();
  fill_slots(device, device.settings->login->slots, now);
}

void make_room(Device& device, const std::string& nonce) {
  if (!slots_are_full(device)) return;
  auto& slots = device.login->slots;
  slots.erase(slots.begin() + (find_slot(device, nonce) - slots.data()));
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
