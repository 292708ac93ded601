#include "tls.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <new>
#include <stdexcept>
#include <string>

namespace serving {

namespace {

constexpr long kDay = 24 * 3600;

void expect(bool is_well, const char* what) {
  if (!is_well) throw std::runtime_error(std::string("OpenSSL cannot ") + what);
}

}  // namespace

Tls::Tls() : context_(SSL_CTX_new(TLS_server_method())) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  expect(context_ && key && certificate, "make a key and a certificate");
  X509& x509 = *certificate;
  X509_set_version(&x509, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(&x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(&x509), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(&x509), 365 * kDay);
  X509_set_pubkey(&x509, key.get());
  expect(X509_sign(&x509, key.get(), EVP_sha256()) > 0, "sign a certificate");
  expect(SSL_CTX_use_certificate(context_.get(), &x509) == 1 &&
             SSL_CTX_use_PrivateKey(context_.get(), key.get()) == 1,
         "use a key");
}

SSL* Tls::accept() const {
  SSL* const connection = SSL_new(context_.get());
  if (connection == nullptr) throw std::bad_alloc();
  return connection;
}

}  // namespace serving
