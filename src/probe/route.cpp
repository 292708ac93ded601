#include "probe/route.hpp"

#include "probe/redirect.hpp"

namespace stage3::probe {

namespace {

using Scheme = Address::Scheme;

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

/// Someone has said so: a person in the entry, or the device by having been asked that way before.
/// Two of them that say the opposite are for a person to decide.
const char* find_contradiction(const Address& address, TlsMode mode, bool has_key) {
  const Scheme scheme = address.scheme();
  const bool is_off = mode == TlsMode::off;
  if (has_key && scheme == Scheme::http)
    return "http:// in ip, but a TLS key is on record: delete stage3.tls to ask it without TLS";
  if (has_key && is_off)
    return "network.tls is off, but a TLS key is on record: delete stage3.tls to ask it without "
           "TLS";
  if (scheme == Scheme::https && is_off) return "https:// in ip, but network.tls is off";
  if (scheme == Scheme::any && address.port() == kHttpsPort && is_off)
    return "port 443, which is for HTTPS, but network.tls is off: write http:// before it if it is "
           "not";
  if (scheme == Scheme::http && mode == TlsMode::require)
    return "http:// in ip, but network.tls is require";
  return "";
}

}  // namespace

Route::Route(const Device& device, const Config& config) {
  const TlsMode mode = config.network.tls;
  const Scheme scheme = device.address.scheme();
  const std::uint16_t port = device.address.port();
  const TlsPin* const pin =
      device.on_record && device.on_record->tls ? &*device.on_record->tls : nullptr;
  contradiction_ = find_contradiction(device.address, mode, pin != nullptr);
  is_allowed_ = mode != TlsMode::off && scheme != Scheme::http;
  if (!is_allowed_) return;
  const bool is_said = scheme == Scheme::https || port == kHttpsPort;
  is_demanded_ = mode == TlsMode::require && pin == nullptr;
  if (pin != nullptr) {
    port_ = is_said ? port : pin->port;
    key_ = pin->key;
    is_held_ = true;
  } else if (is_said) {
    port_ = port;
  } else if (mode == TlsMode::require) {
    port_ = port == kHttpPort ? kHttpsPort : port;
  }
}

std::optional<TlsTerms> Route::tls(Duration timeout) const {
  if (!is_tls()) return std::nullopt;
  return TlsTerms{port_, is_held_ ? key_ : std::nullopt, timeout};
}

Route::Turn Route::follow(const Reply& reply, const Address& address, bool has_answered) {
  if (is_tls()) return Turn::none;
  const bool is_refused = reply.status == 0 && reply.failure == Cause::refused;
  if (is_refused && !has_answered && is_allowed_ && address.port() == kHttpPort) {
    is_guess_ = true;
    port_ = kHttpsPort;
    return Turn::guess;
  }
  const Redirect redirect = read_redirect(reply, address);
  switch (redirect.to) {
    case Redirect::To::nothing:
      return Turn::none;
    case Redirect::To::another_address:
      return Turn::elsewhere;
    case Redirect::To::itself:
      break;
  }
  if (!is_allowed_) return Turn::forbidden;
  port_ = redirect.port;
  return Turn::over;
}

void Route::note(const Reply& reply) {
  if (!is_tls() || !reply.key || reply.failure == Cause::tls_key) return;
  certificate_ = reply.certificate;
  if (!is_held_) key_ = reply.key;
}

void Route::confirm() {
  if (!is_tls() || !key_) return;
  is_held_ = true;
  is_confirmed_ = true;
  is_guess_ = false;
  is_demanded_ = false;
}

void Route::begin_anew(const Device& device, const Config& config) {
  if (!is_confirmed_) *this = Route(device, config);
}

std::optional<TlsPin> Route::pin() const {
  if (!is_tls() || !is_held_) return std::nullopt;
  return TlsPin{port_, *key_};
}

}  // namespace stage3::probe
