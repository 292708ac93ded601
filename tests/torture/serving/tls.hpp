#pragma once

#include <openssl/ssl.h>

#include <memory>

namespace serving {

/// The key of all devices, with a certificate that it has signed itself.
class Tls {
 public:
  /// Throws std::runtime_error.
  Tls();

  /// For one connection, whose it is from then on.
  SSL* accept() const;

 private:
  struct Free {
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  };
  std::unique_ptr<SSL_CTX, Free> context_;
};

}  // namespace serving
