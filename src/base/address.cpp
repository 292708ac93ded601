#include <arpa/inet.h>
#include <stage3/device.hpp>

#include <algorithm>

namespace stage3 {
namespace {

constexpr std::uint16_t kHttpPort = 80;

/// 1..65535 in plain digits. A leading zero is refused: some would read it as octal.
std::optional<std::uint16_t> parse_port(std::string_view text) noexcept {
  if (text.empty() || text.size() > 5 || text.front() == '0') return std::nullopt;
  std::uint32_t port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    port = port * 10 + static_cast<std::uint32_t>(c - '0');
  }
  if (port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

/// inet_pton() for a view. It is strict by itself: four decimal numbers without leading zeros, no
/// zones, no names.
bool parse_literal(int family, std::string_view text, std::uint8_t* ret_bytes) noexcept {
  std::array<char, INET6_ADDRSTRLEN> terminated{};
  if (text.size() >= terminated.size()) return false;
  if (text.find('\0') != std::string_view::npos) return false;
  std::copy(text.begin(), text.end(), terminated.begin());
  return inet_pton(family, terminated.data(), ret_bytes) == 1;
}

/// An address literal and the port's text behind it, as far as there is one.
struct Parts {
  std::string_view literal;
  std::optional<std::string_view> port;
  bool v6;
};

std::optional<Parts> split(std::string_view text) noexcept {
  if (!text.empty() && text.front() == '[') {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    Parts parts{text.substr(1, close - 1), std::nullopt, true};
    const std::string_view rest = text.substr(close + 1);
    if (rest.empty()) return parts;
    if (rest.front() != ':') return std::nullopt;
    parts.port = rest.substr(1);
    return parts;
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return Parts{text, std::nullopt, false};
  if (text.find(':', colon + 1) != std::string_view::npos) return Parts{text, std::nullopt, true};
  return Parts{text.substr(0, colon), text.substr(colon + 1), false};
}

}  // namespace

std::optional<Address> Address::parse(std::string_view text, std::uint16_t default_port) noexcept {
  const std::optional<Parts> parts = split(text);
  if (!parts) return std::nullopt;

  Address address;
  address.v6_ = parts->v6;
  address.port_ = default_port;
  if (!parse_literal(parts->v6 ? AF_INET6 : AF_INET, parts->literal, address.bytes_.data())) {
    return std::nullopt;
  }
  if (parts->port) {
    const std::optional<std::uint16_t> port = parse_port(*parts->port);
    if (!port) return std::nullopt;
    address.port_ = *port;
  }
  return address;
}

Address Address::from_bytes_v4(const std::uint8_t* bytes) noexcept {
  Address address;
  std::copy_n(bytes, 4, address.bytes_.begin());
  return address;
}

Address Address::from_bytes_v6(const std::uint8_t* bytes) noexcept {
  Address address;
  address.v6_ = true;
  std::copy_n(bytes, 16, address.bytes_.begin());
  return address;
}

std::string Address::ip() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(v6_ ? AF_INET6 : AF_INET, bytes_.data(), text.data(), text.size());
  return text.data();
}

std::string Address::to_string() const {
  return port_ == kHttpPort ? ip() : authority();
}

std::string Address::authority() const {
  const std::string port = std::to_string(port_);
  return v6_ ? "[" + ip() + "]:" + port : ip() + ":" + port;
}

}  // namespace stage3
