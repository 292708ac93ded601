#include "base/address.hpp"

#include <arpa/inet.h>
#include <strings.h>
#include <stage3/address.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace stage3 {
namespace {

using Scheme = Address::Scheme;

constexpr std::uint16_t kHttpPort = 80;
constexpr std::uint16_t kHttpsPort = 443;

constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

/// Takes the scheme off the front of `text`.
Scheme take_scheme(std::string_view& text) noexcept {
  for (const auto& [prefix, scheme] :
       {std::pair(kHttp, Scheme::http), std::pair(kHttps, Scheme::https)}) {
    if (text.size() < prefix.size() ||
        ::strncasecmp(text.data(), prefix.data(), prefix.size()) != 0)
      continue;
    text.remove_prefix(prefix.size());
    return scheme;
  }
  return Scheme::any;
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

using Bytes = std::array<std::uint8_t, 16>;

/// ::ffff:10.0.0.1 is the host 10.0.0.1: two spellings must not look like two devices.
bool is_mapped_v4(const Bytes& bytes) noexcept {
  constexpr std::array<std::uint8_t, 12> kPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  return std::equal(kPrefix.begin(), kPrefix.end(), bytes.begin());
}

/// What an address is that no device can have; null: it can be a device's.
const char* nobodys(const Bytes& bytes, bool v6) noexcept {
  const auto all = [&](std::size_t size, std::uint8_t value) {
    return std::all_of(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size),
                       [&](std::uint8_t byte) { return byte == value; });
  };
  if (all(v6 ? 16 : 4, 0)) return "is the unspecified address, which no device has";
  if (!v6 && all(4, 0xFF)) return "is the broadcast address, which no device has";
  if (v6 ? bytes[0] == 0xFF : bytes[0] >= 224 && bytes[0] < 240) {
    return "is a multicast address, which no device has";
  }
  return nullptr;
}

/// Whether the literal is one; what it stands for then, IPv4 in the first four bytes.
bool read_literal(const Parts& parts, Bytes& ret_bytes, bool& ret_v6) noexcept {
  ret_v6 = parts.v6;
  if (!parse_literal(parts.v6 ? AF_INET6 : AF_INET, parts.literal, ret_bytes.data())) return false;
  if (!parts.v6 || !is_mapped_v4(ret_bytes)) return true;
  std::copy(ret_bytes.begin() + 12, ret_bytes.end(), ret_bytes.begin());
  std::fill(ret_bytes.begin() + 4, ret_bytes.end(), std::uint8_t{0});
  ret_v6 = false;
  return true;
}

bool is_host_name(std::string_view text) noexcept {
  const auto is_letter = [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
  const std::string_view name = text.substr(0, text.find(':'));
  return std::any_of(name.begin(), name.end(), is_letter) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
         });
}

/// What a text is that begins with an address and goes on; null: nothing that is known.
const char* explain_rest(std::string_view text) {
  const std::size_t end = text.find_first_of(",; -/");
  if (end == std::string_view::npos || !Address::parse(text.substr(0, end))) return nullptr;
  const std::string_view rest = text.substr(end + 1);
  if (text[end] == '-') {
    const bool is_end =
        rest.find_first_not_of("0123456789abcdefABCDEF.:") == std::string_view::npos;
    return is_end ? "is a range of addresses: one entry is one device" : nullptr;
  }
  if (text[end] == '/') {
    const bool is_length =
        !rest.empty() && rest.find_first_not_of("0123456789.") == std::string_view::npos;
    return is_length ? "is a network, not the address of a device" : nullptr;
  }
  return "is more than an address: one entry has one, and nothing else";
}

}  // namespace

std::string explain_address(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return "is blank";
  const std::string_view trimmed = text.substr(begin, text.find_last_not_of(kSpace) + 1 - begin);
  if (trimmed.size() != text.size() && Address::parse(trimmed)) {
    return "has white space before or behind the address";
  }
  Bytes bytes{};
  bool v6 = false;
  std::string_view place = text;
  const Scheme scheme = take_scheme(place);
  const std::optional<Parts> parts = split(place);
  if (parts && read_literal(*parts, bytes, v6)) {
    if (const char* what = nobodys(bytes, v6)) return what;
  }
  if (text.find('%') != std::string_view::npos) {
    return "has a zone (%), which is no part of an address: give one that needs none";
  }
  if (scheme != Scheme::any && Address::parse(place.substr(0, place.find('/')))) {
    return "is a URL, not an address: leave out what stands behind it";
  }
  if (scheme == Scheme::any && text.find("://") != std::string_view::npos) {
    return "is a URL of another kind: only http:// or https:// may stand before an address";
  }
  if (scheme == Scheme::any) {
    if (const char* what = explain_rest(text)) return what;
  }
  if (Mac::parse(text)) return "is a MAC address, not an IP address";
  if (parts && parts->port && read_literal(*parts, bytes, v6))
    return "has a port that is none: 1 to 65535, without leading zeros";
  if (is_host_name(place)) {
    return std::string(kIsHostName);
  }
  return "is not an IPv4 or IPv6 address";
}

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

std::optional<IpBytes> parse_ip(std::string_view text) noexcept {
  IpBytes ip;
  const bool v6 = text.find(':') != std::string_view::npos;
  if (!read_literal({text, std::nullopt, v6}, ip.bytes, ip.v6)) return std::nullopt;
  return ip;
}

std::optional<Address> Address::parse(std::string_view text, std::uint16_t default_port) noexcept {
  Address address;
  address.scheme_ = take_scheme(text);
  const std::optional<Parts> parts = split(text);
  if (!parts) return std::nullopt;

  const std::uint16_t usual = address.scheme_ == Scheme::https ? kHttpsPort : kHttpPort;
  address.port_ = default_port == 0 ? usual : default_port;
  if (!read_literal(*parts, address.bytes_, address.v6_)) return std::nullopt;
  if (nobodys(address.bytes_, address.v6_) != nullptr) return std::nullopt;
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

Address Address::at_port(std::uint16_t port) const noexcept {
  Address other = *this;
  other.port_ = port;
  other.scheme_ = Scheme::any;
  return other;
}

std::string Address::ip() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(v6_ ? AF_INET6 : AF_INET, bytes_.data(), text.data(), text.size());
  return text.data();
}

std::string Address::to_string() const {
  const bool is_implied =
      scheme_ == Scheme::any || (scheme_ == Scheme::https && port_ == kHttpsPort);
  const std::string_view scheme =
      is_implied ? std::string_view() : (scheme_ == Scheme::https ? kHttps : kHttp);
  return std::string(scheme) +
         (port_ == kHttpPort && scheme_ != Scheme::https ? ip() : authority());
}

std::string Address::authority() const {
  const std::string port = std::to_string(port_);
  return v6_ ? "[" + ip() + "]:" + port : ip() + ":" + port;
}

}  // namespace stage3
