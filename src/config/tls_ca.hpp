#pragma once

#include <string>

namespace stage3::config {

/// The certificates in the PEM file at `path`, for the TLS library, as text. Throws
/// Error(Errc::config) for a file that cannot be read or in which there is no certificate.
std::string load_tls_ca(const std::string& path);

}  // namespace stage3::config
