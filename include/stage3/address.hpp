#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace stage3 {

/// A device's MAC address, its only identity.
class Mac {
 public:
  Mac() = default;

  /// Any usual spelling: 12 hex digits in either case, bare or in pairs separated by ':' or '-'
  /// throughout. Nothing else.
  static std::optional<Mac> parse(std::string_view text) noexcept;

  /// 12 upper-case hex digits, as Shelly devices spell it.
  std::string to_string() const;

  friend bool operator==(const Mac& a, const Mac& b) noexcept { return a.bytes_ == b.bytes_; }
  friend bool operator!=(const Mac& a, const Mac& b) noexcept { return !(a == b); }
  friend bool operator<(const Mac& a, const Mac& b) noexcept { return a.bytes_ < b.bytes_; }

 private:
  std::array<std::uint8_t, 6> bytes_{};
};

/// Where a device is asked: an IPv4 or IPv6 literal and a TCP port. Nothing that needs resolving.
class Address {
 public:
  /// What the address says of TLS.
  enum class Scheme {
    any,    ///< nothing
    http,   ///< `http://`: none
    https,  ///< `https://`: only by TLS
  };

  Address() = default;

  /// `ip`, `ip:port`, `[v6]`, `[v6]:port` or a bare IPv6 literal, each with `http://` or `https://`
  /// before it or not; IPv4 in strict dotted-quad form, no octal, no zone. `default_port`
  /// (1..65535) holds where the text names none; 0: the scheme's, 443 or 80.
  static std::optional<Address> parse(std::string_view text,
                                      std::uint16_t default_port = 0) noexcept;

  /// 4 or 16 bytes in network order; the port is 80.
  static Address from_bytes_v4(const std::uint8_t* bytes) noexcept;
  static Address from_bytes_v6(const std::uint8_t* bytes) noexcept;

  bool is_v6() const noexcept { return v6_; }
  std::uint16_t port() const noexcept { return port_; }
  Scheme scheme() const noexcept { return scheme_; }
  /// 4 or 16 bytes in network order, the first ones of the array.
  const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }

  /// The same host at another port, without a scheme.
  Address at_port(std::uint16_t port) const noexcept;

  /// The canonical literal without port or brackets.
  std::string ip() const;
  /// `ip`, or `ip:port` / `[v6]:port` where the port is not 80; with the scheme, if there is one,
  /// but for `https://` at port 443.
  std::string to_string() const;
  /// What stands in a URL or Host header: `ip:port` or `[v6]:port`, port always given.
  std::string authority() const;

  /// The same place, whatever the scheme.
  friend bool operator==(const Address& a, const Address& b) noexcept {
    return a.v6_ == b.v6_ && a.port_ == b.port_ && a.bytes_ == b.bytes_;
  }
  friend bool operator<(const Address& a, const Address& b) noexcept {
    return std::tie(a.v6_, a.bytes_, a.port_) < std::tie(b.v6_, b.bytes_, b.port_);
  }

 private:
  std::array<std::uint8_t, 16> bytes_{};
  std::uint16_t port_ = 80;
  bool v6_ = false;
  Scheme scheme_ = Scheme::any;
};

/// What `text`, which Address::parse() refuses, is instead, as the end of a sentence: "is a host
/// name: ...".
std::string explain_address(std::string_view text);

/// The same for whoever asks for devices, with what to do: a sentence that begins
/// with it. `selection` stands before the term that takes what `text` is, such as `ip=10.0.0.0/24`.
std::string why_no_address(std::string_view text, std::string_view selection = "the selection ");

}  // namespace stage3
