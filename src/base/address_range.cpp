#include "base/address_range.hpp"

#include <algorithm>
#include <charconv>
#include <string>

#include "base/address.hpp"
#include "base/text.hpp"

namespace stage3 {
namespace {

/// Plain digits, without a leading zero; none for more than `most`.
std::optional<unsigned> parse_number(std::string_view text, unsigned most) {
  unsigned number = 0;
  const bool is_padded = text.size() > 1 && text.front() == '0';
  if (text.empty() || is_padded || count_digits(text) != text.size()) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number > most) return std::nullopt;
  return number;
}

}  // namespace

std::optional<AddressRange> AddressRange::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  // `http://` is an address's.
  if (slash != std::string_view::npos && text.find("//") == std::string_view::npos)
    return parse_network(text.substr(0, slash), text.substr(slash + 1));
  const std::size_t dash = text.find('-');
  if (dash != std::string_view::npos)
    return parse_span(text.substr(0, dash), text.substr(dash + 1));
  return parse_one(text);
}

bool AddressRange::has(const Address& address) const noexcept {
  return address.is_v6() == v6_ && (port_ == 0 || address.port() == port_) &&
         first_ <= address.bytes() && address.bytes() <= last_;
}

std::optional<AddressRange> AddressRange::parse_one(std::string_view text) {
  const auto address = Address::parse(text, 80);
  if (!address) return std::nullopt;
  AddressRange range;
  range.v6_ = address->is_v6();
  range.first_ = range.last_ = address->bytes();
  const bool names_port = address == Address::parse(text, 81);
  if (names_port) range.port_ = address->port();
  return range;
}

std::optional<AddressRange> AddressRange::parse_span(std::string_view from, std::string_view to) {
  const auto first = parse_ip(from);
  auto last = parse_ip(to);
  if (const auto number = parse_number(to, 255); first && !first->v6 && number) {
    last = first;
    last->bytes[3] = static_cast<std::uint8_t>(*number);
  }
  if (!first || !last || first->v6 != last->v6 || last->bytes < first->bytes) return std::nullopt;
  AddressRange range;
  range.v6_ = first->v6;
  range.first_ = first->bytes;
  range.last_ = last->bytes;
  return range;
}

std::optional<AddressRange> AddressRange::parse_network(std::string_view ip,
                                                        std::string_view bits) {
  const auto base = parse_ip(ip);
  if (!base) return std::nullopt;
  const int size = base->v6 ? 16 : 4;
  const auto fixed = parse_number(bits, static_cast<unsigned>(size * 8));
  if (!fixed) return std::nullopt;
  AddressRange range;
  range.v6_ = base->v6;
  range.first_ = range.last_ = base->bytes;
  for (int i = 0; i < size; ++i) {
    const int of_network = std::clamp(static_cast<int>(*fixed) - i * 8, 0, 8);
    const unsigned host = 0xFFU >> of_network;
    auto& first = range.first_[static_cast<std::size_t>(i)];
    first = static_cast<std::uint8_t>(first & ~host);
    range.last_[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(first | host);
  }
  return range;
}

}  // namespace stage3
