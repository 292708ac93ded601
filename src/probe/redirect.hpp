#pragma once

#include <cstdint>

#include <stage3/device_probe.hpp>

namespace stage3::probe {

/// Where an answer sends whoever has asked.
struct Redirect {
  enum class To {
    nothing,         ///< it is no redirect to HTTPS that can be read
    itself,          ///< the same device, by TLS
    another_address  ///< a literal that is not the device's
  };
  To to = To::nothing;
  /// With `itself`.
  std::uint16_t port = 443;
};

/// Reads the answer of the device at `address`. A host name stands for the address that was asked:
/// nothing is resolved, and the name need not be known here.
Redirect read_redirect(const Reply& reply, const Address& address);

}  // namespace stage3::probe
