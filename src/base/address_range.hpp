#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <stage3/address.hpp>

namespace stage3 {

/// The addresses from one to another, at one port or at any.
class AddressRange {
 public:
  /// An address as Address::parse() takes it (one without a port stands for all its ports), `a-b`,
  /// `a.b.c.d-e` for the end of the last number, or a network `a/bits`, whose host part does not
  /// matter. None for anything else, and for a range whose end comes before its begin.
  static std::optional<AddressRange> parse(std::string_view text);

  bool has(const Address& address) const noexcept;

 private:
  using Bytes = std::array<std::uint8_t, 16>;

  static std::optional<AddressRange> parse_one(std::string_view text);
  static std::optional<AddressRange> parse_span(std::string_view from, std::string_view to);
  static std::optional<AddressRange> parse_network(std::string_view ip, std::string_view bits);

  bool v6_ = false;
  Bytes first_{};
  Bytes last_{};
  std::uint16_t port_ = 0;  ///< 0: any
};

}  // namespace stage3
