#pragma once

#include <map>

#include "identities.hpp"

namespace sim {

struct Device;
struct TlsPlan;

/// Speaks TLS as the plans of the devices say. Devices with one plan share a context, but no
/// session: a session belongs to the device and the key that it was made with.
class TlsLayer {
 public:
  /// The server's side of a connection to `device` as `identity`.
  SslPtr serve(const Device& device, const Identity& identity);

 private:
  SSL_CTX& context(const TlsPlan& plan);

  std::map<const TlsPlan*, SslContextPtr> contexts_;
};

}  // namespace sim
