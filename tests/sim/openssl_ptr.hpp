#pragma once

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>

namespace sim {

struct FreeOpenssl {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* connection) const { SSL_free(connection); }
};

using KeyPtr = std::unique_ptr<EVP_PKEY, FreeOpenssl>;
using CertificatePtr = std::unique_ptr<X509, FreeOpenssl>;
using SslContextPtr = std::unique_ptr<SSL_CTX, FreeOpenssl>;
using SslPtr = std::unique_ptr<SSL, FreeOpenssl>;

/// Throws std::runtime_error with what OpenSSL says about it unless `is_well`.
void expect_openssl(bool is_well, const char* what);

}  // namespace sim
