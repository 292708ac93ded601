#include "probe/redirect.hpp"

#include <strings.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

namespace stage3::probe {

namespace {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 307 || status == 308;
}

/// `host[:port]` of a URL that begins with https://; none: it is another one.
std::optional<std::string_view> read_authority(std::string_view url) {
  constexpr std::string_view kScheme = "https://";
  if (url.size() < kScheme.size() || ::strncasecmp(url.data(), kScheme.data(), kScheme.size()) != 0)
    return std::nullopt;
  url.remove_prefix(kScheme.size());
  url = url.substr(0, url.find_first_of("/?#"));
  // What stands before an @ is a login, or is to look like the host.
  if (url.find('@') != std::string_view::npos) return std::nullopt;
  return url;
}

bool is_name_character(char c) {
  return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' ||
         c == '.' || c == '_';
}

/// What some would take for an IPv4 address, in whatever spelling: a last label that begins with a
/// digit is no top-level domain.
bool is_numeric(std::string_view host) {
  if (!host.empty() && host.back() == '.') host.remove_suffix(1);
  const std::string_view label = host.substr(host.rfind('.') + 1);
  return !label.empty() && label.front() >= '0' && label.front() <= '9';
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.find("..") == std::string_view::npos && host.front() != '.' &&
         std::all_of(host.begin(), host.end(), is_name_character) && !is_numeric(host);
}

/// The port of what stands behind a host; none: there is no such port. As RFC 3986 has it: nothing
/// behind the colon is no port either, and zeros before one say nothing.
std::optional<std::uint16_t> read_port(std::string_view text) {
  constexpr std::uint16_t kUsual = 443;
  if (text.empty() || text == ":") return kUsual;
  text.remove_prefix(1);
  constexpr std::uint32_t kMost = 65535;
  std::uint32_t port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    port = std::min(port * 10 + static_cast<std::uint32_t>(c - '0'), kMost + 1);
  }
  if (port == 0 || port > kMost) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

/// Whose host it is, leaving its port aside.
Redirect::To read_host(std::string_view host, const Address& address) {
  if (const auto place = Address::parse("https://" + std::string(host))) {
    const bool is_same = place->is_v6() == address.is_v6() && place->bytes() == address.bytes();
    return is_same ? Redirect::To::itself : Redirect::To::another_address;
  }
  if (is_host_name(host)) return Redirect::To::itself;
  const bool is_address = is_numeric(host) || (!host.empty() && host.front() == '[');
  return is_address ? Redirect::To::another_address : Redirect::To::nothing;
}

}  // namespace

Redirect read_redirect(const Reply& reply, const Address& address) {
  if (reply.failure || !is_redirect(reply.status)) return {};
  const auto authority = read_authority(reply.location);
  if (!authority) return {};
  // Within brackets colons belong to the address.
  const std::size_t host_end = authority->find(':', authority->rfind(']') + 1);
  const std::string_view host = authority->substr(0, host_end);
  const std::string_view port_text = authority->substr(std::min(host_end, authority->size()));
  const Redirect::To to = read_host(host, address);
  if (to != Redirect::To::itself) return {to, 0};
  const auto port = read_port(port_text);
  return port ? Redirect{to, *port} : Redirect{};
}

}  // namespace stage3::probe
