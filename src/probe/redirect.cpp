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

/// The port behind a host name; none: there is no such port.
std::optional<std::uint16_t> read_port(std::string_view text) {
  if (text.empty()) return std::uint16_t{443};
  // The same spelling as behind an address.
  const auto place = Address::parse("0.0.0.1" + std::string(text));
  return place ? std::optional(place->port()) : std::nullopt;
}

}  // namespace

Redirect read_redirect(const Reply& reply, const Address& address) {
  if (reply.failure || !is_redirect(reply.status)) return {};
  const auto authority = read_authority(reply.location);
  if (!authority) return {};
  if (const auto place = Address::parse("https://" + std::string(*authority))) {
    const bool is_same = place->is_v6() == address.is_v6() && place->bytes() == address.bytes();
    if (!is_same) return {Redirect::To::another_address, 0};
    return {Redirect::To::itself, place->port()};
  }
  const std::size_t colon = authority->rfind(':');
  const std::string_view host = authority->substr(0, colon);
  const auto port =
      read_port(colon == std::string_view::npos ? std::string_view() : authority->substr(colon));
  if (is_host_name(host)) return port ? Redirect{Redirect::To::itself, *port} : Redirect{};
  const bool is_address = is_numeric(host) || (!host.empty() && host.front() == '[');
  return {is_address ? Redirect::To::another_address : Redirect::To::nothing, 0};
}

}  // namespace stage3::probe
