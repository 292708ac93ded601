#pragma once

#include <string>
#include <vector>

#include "certificate.hpp"

namespace sim {

/// One that signs the certificates of devices, directly or through authorities below it.
class Authority {
 public:
  explicit Authority(std::string name);

  /// A certificate for `key` at the end of a chain of `chain` certificates.
  CertificatePtr sign(CertificateText text, EVP_PKEY& key, std::size_t chain);

  /// What is sent with it: the certificates between it and this authority, its issuer first.
  std::vector<X509*> between(std::size_t chain) const;

  X509& certificate() const { return *links_.front().certificate; }

 private:
  struct Link {
    std::string name;
    KeyPtr key;
    CertificatePtr certificate;
  };

  void add_link(std::string name, const Link* issuer);

  std::vector<Link> links_;  ///< this one, then each signed by the one before
};

}  // namespace sim
