#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "certificate_plan.hpp"
#include "latency.hpp"
#include "tls_fault.hpp"

namespace sim {

/// What becomes of HTTP at a device that speaks HTTPS.
enum class HttpBeside {
  served,
  refused,     ///< nothing listens at its HTTP port
  redirected,  ///< every request is answered with a redirect
};

struct RedirectPlan {
  int status = 302;
  /// It begins once so many updates were installed; HTTP is served until then.
  std::uint32_t after_updates = 0;
  /// One Location each (t), `{target}` is what was asked for; nothing: the device's own HTTPS.
  std::optional<std::vector<std::string>> locations;
};

enum class TlsVersion { any, v1_0, v1_1, v1_2, v1_3 };

/// How sessions can be taken up again.
enum class Resumption {
  tickets,
  cache,  ///< by a number that the device looks up
  none,
};

/// How a device speaks HTTPS; docs/simulator.md is the reference.
struct TlsPlan {
  std::optional<std::uint16_t> port;  ///< 0: a free one
  HttpBeside http = HttpBeside::served;
  RedirectPlan redirect;
  CertificatePlan certificate;
  TlsVersion version = TlsVersion::any;  ///< any: 1.2 and 1.3
  Resumption resumption = Resumption::tickets;
  bool close_notify = true;  ///< false: connections end without the alert that says so
  Latency handshake;         ///< before the device's part of it
  std::vector<TlsFault> faults;
};

}  // namespace sim
