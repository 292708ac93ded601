#include <stage3/config.hpp>
#include <stage3/error.hpp>

#include <string>

#include "base/certificate.hpp"
#include "base/file.hpp"

namespace stage3 {

std::string load_tls_ca(const Config::Network& network) {
  const std::string& path = network.tls_ca;
  if (path.empty() || network.tls == TlsMode::off) return {};
  // More than all public authorities together.
  constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
  std::string pem;
  try {
    pem = read_file(path, kMaxBytes);
  } catch (const FileError& error) {
    throw Error::naming(Errc::config,
                        "cannot read network.tls_ca " + path + ": " + reason_at(path, error), path);
  }
  if (const auto damaged = find_damaged_certificate(pem)) {
    throw Error::naming(Errc::config,
                        path + ", network.tls_ca: certificate " + std::to_string(damaged->number) +
                            ", line " + std::to_string(damaged->line) +
                            ", is damaged: copy it anew or take it out, whole from BEGIN to END",
                        path);
  }
  if (!read_certificate(pem)) {
    throw Error::naming(Errc::config,
                        path +
                            ", network.tls_ca, begins with no certificate in PEM form (-----BEGIN "
                            "CERTIFICATE-----)",
                        path);
  }
  return pem;
}

}  // namespace stage3
