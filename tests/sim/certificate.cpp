#include "certificate.hpp"

#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#include <stdexcept>
#include <vector>

namespace sim {
namespace {

constexpr long kDay = 24 * 3600;

struct Span {
  long from, to;  ///< days from now
};

Span span_of(Validity validity) {
  switch (validity) {
    case Validity::expired:
      return {-730, -1};
    case Validity::not_yet_valid:
      return {1, 730};
    case Validity::valid:
    case Validity::undated:
      break;
  }
  return {-1, 3650};
}

void set_name(X509_NAME* name, const std::string& text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  const int size = static_cast<int>(text.size());
  expect_openssl(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, bytes, size, -1, 0) == 1,
                 "name a certificate");
}

void add_extension(X509& certificate, int kind, const std::string& value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
  expect_openssl(extension != nullptr, "make an extension");
  X509_add_ext(&certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

}  // namespace

void expect_openssl(bool is_well, const char* what) {
  if (is_well) return;
  char reason[256];
  ERR_error_string_n(ERR_get_error(), reason, sizeof reason);
  throw std::runtime_error("OpenSSL cannot " + std::string(what) + ": " + reason);
}

KeyPtr make_key(KeyKind kind) {
  KeyPtr key(kind == KeyKind::rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
  expect_openssl(key != nullptr, "make a key");
  return key;
}

std::string pin_of(EVP_PKEY& key) {
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(&key, &der);
  expect_openssl(size > 0, "write a public key");
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(der, static_cast<std::size_t>(size), digest);
  OPENSSL_free(der);
  unsigned char text[4 * (SHA256_DIGEST_LENGTH / 3 + 1) + 1];
  EVP_EncodeBlock(text, digest, sizeof digest);
  return "sha256//" + std::string(reinterpret_cast<const char*>(text));
}

CertificatePtr make_certificate(const CertificateText& text, EVP_PKEY& key, EVP_PKEY& issuer_key) {
  CertificatePtr certificate(X509_new());
  expect_openssl(certificate != nullptr, "make a certificate");
  X509& x509 = *certificate;
  const Span span = span_of(text.validity);
  X509_set_version(&x509, X509_VERSION_3);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(&x509), text.serial);
  X509_gmtime_adj(X509_getm_notBefore(&x509), span.from * kDay);
  X509_gmtime_adj(X509_getm_notAfter(&x509), span.to * kDay);
  if (text.validity == Validity::undated) {
    // The 39th day of the 19th month.
    for (ASN1_TIME* time : {X509_getm_notBefore(&x509), X509_getm_notAfter(&x509)})
      ASN1_STRING_set(time, "301939000000Z", -1);
  }
  set_name(X509_get_subject_name(&x509), text.subject);
  set_name(X509_get_issuer_name(&x509), text.issuer);
  X509_set_pubkey(&x509, &key);
  add_extension(x509, NID_basic_constraints,
                text.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (text.is_authority) add_extension(x509, NID_key_usage, "critical,keyCertSign,cRLSign");
  if (text.padding > 0) {
    add_extension(x509, NID_netscape_comment, std::string(text.padding, 'x'));
  }
  expect_openssl(X509_sign(&x509, &issuer_key, EVP_sha256()) > 0, "sign a certificate");
  return certificate;
}

}  // namespace sim
