#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "authority.hpp"

namespace sim {

struct Device;
class Fleet;
struct TlsFault;

/// What a device proves itself with in a handshake.
struct Identity {
  std::shared_ptr<EVP_PKEY> key;
  CertificatePtr certificate;
  std::vector<X509*> chain;  ///< sent after the certificate; the authorities own them
};

/// The keys and certificates of the fleet. Each is made when it is first needed: a fleet that
/// speaks no TLS costs nothing, one of thousands starts at once.
class Identities {
 public:
  /// That of `device`, which must have a TlsPlan; with a `fault` (of kind `key`), another one.
  const Identity& of(Device& device, const TlsFault* fault = nullptr);

  /// Writes the CA that signs for devices with the issuer `ca`. Throws InputError.
  void write_ca(const std::string& path);

  /// Writes the pins of all devices that speak TLS: by MAC, and by MAC/n for the nth fault that
  /// gives the device another key. Throws InputError.
  void write_keys(const std::string& path, Fleet& fleet);

 private:
  Identity make(const Device& device, const CertificatePlan& plan);
  std::shared_ptr<EVP_PKEY> key_for(const Device& device, const CertificatePlan& plan);
  Authority& authority(Issuer issuer);

  std::map<std::pair<KeyKind, std::size_t>, std::shared_ptr<EVP_PKEY>> shared_keys_;
  std::map<Issuer, Authority> authorities_;
};

}  // namespace sim
