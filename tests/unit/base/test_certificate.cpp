// What is read of a certificate: made with OpenSSL, and damaged in every way.

#include "base/certificate.hpp"

#include <doctest/doctest.h>

#include <string>

using stage3::Certificate;
using stage3::CertificateTime;
using stage3::read_certificate;

namespace {

/// ECDSA P-256, the first version of the format, valid from 2020-01-01 00:00:00 to 2050-03-01
/// 12:00:00 (UTC): the first time is written with two digits of its year, the second with four.
const std::string kEc =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBADCBqAIBATAKBggqhkjOPQQDAjAMMQowCAYDVQQDDAFzMCAXDTIwMDEwMTAw\n"
    "MDAwMFoYDzIwNTAwMzAxMTIwMDAwWjAMMQowCAYDVQQDDAFzMFkwEwYHKoZIzj0C\n"
    "AQYIKoZIzj0DAQcDQgAEO6ALA+P7GRNovJSuqw/Cz0PBgsLZccO5VzDhzXu9kL4B\n"
    "81FNQEQrxLr4Au9pCDvvyiUStAjKrXPdRo4OnjvngTAKBggqhkjOPQQDAgNHADBE\n"
    "AiAV6qV0W+ViydLp9Fd3aHtaqlkHNqEylvmd56rQBgR40AIgFqHpB0KSOWB9HRzG\n"
    "nKFRwkqymA+AM0ZFPNRzeKPNTjE=\n"
    "-----END CERTIFICATE-----\n";
const std::string kEcKey = "sha256//PF58AhmNEpXmYls3sKgsmDr8N6y/iWfdSQjm3Iw0g34=";

/// RSA-2048, the third version, with extensions.
const std::string kRsa =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIDBTCCAe2gAwIBAgIUQdAB7zlznQHjvWPK03BU1H9cKJUwDQYJKoZIhvcNAQEL\n"
    "BQAwEjEQMA4GA1UEAwwHc2hlbGx5MjAeFw0yNjExMjgxOTAxMjhaFw0yNjEyMDEx\n"
    "OTAxMjhaMBIxEDAOBgNVBAMMB3NoZWxseTIwggEiMA0GCSqGSIb3DQEBAQUAA4IB\n"
    "DwAwggEKAoIBAQC9XW4TU79bvY3njATeczHOSOfE/T7VwGwz8QaHsOZUm4oKjgB8\n"
    "+sgHnQAUfPX+zEtBzMvd+JTIZYDqa4prG7oJmN94ADryCR8LEyoWiu+PBFw/HrnM\n"
    "7YD26pQ8fIDAK5H9fAtCsRx4OX+vnuO0Jv1wd/w/yIxQZ8uwPbJrxAILZ/pG1aKn\n"
    "Vs2II6LJYfHAbtNVbWvYYDBZJzIA15clwP363InxP+jcxh5V+/1D4bmme9p4DE3K\n"
    "7WVeySO55aimye3SlBh06HK5RJUP/tCgTotWBVsB60Gd2llUbUQAMEhch4inZsjD\n"
    "ZyZVpNG0A/YuZUC2PM3aaagTDfejJZ32LV3vAgMBAAGjUzBRMB0GA1UdDgQWBBQJ\n"
    "RcMscgz/BEux+0Fhbn+zPcbdIDAfBgNVHSMEGDAWgBQJRcMscgz/BEux+0Fhbn+z\n"
    "PcbdIDAPBgNVHRMBAf8EBTADAQH/MA0GCSqGSIb3DQEBCwUAA4IBAQCAy0UsLFbA\n"
    "F64BgYwKyxfYabKc8SJ8tzzWO0+mTDL/GJggUP3718Qm4ifYkYvAGT+IWziwMeWs\n"
    "zmqatNcE1/1+kjB0fJlVhZCblSILuq0rypAPuDskcs/Y/uwFnPFMmAM74PMm/pIH\n"
    "T6VHjxd8jaielKUnp3Tn4Vi/LMmcXEg6dX0FebgyySl1YQlxZ/ijRsqHohQnqlk0\n"
    "/NLG/4XU1jmdqfCHYmYCXjnsBH0/V3MNLzgaju1IJkLOb+4PxhzoB/PufU+tkSf+\n"
    "Vt3oQ08Miuc4EOybAq+6DdsJGtiPwechNI2DNR8fzGXOKPFQGS6loTbc0nbXEHuE\n"
    "kkRjwGxfZjlf\n"
    "-----END CERTIFICATE-----\n";
const std::string kRsaKey = "sha256//liu9jaowdE4XprzMbIkD9mQjyGtEQzw/5kwkbsyvqAk=";

}  // namespace

TEST_CASE("the hash of the public key is that of its whole structure") {
  const auto ec = read_certificate(kEc);
  REQUIRE(ec);
  CHECK(ec->key.to_string() == kEcKey);
  const auto rsa = read_certificate(kRsa);
  REQUIRE(rsa);
  CHECK(rsa->key.to_string() == kRsaKey);
}

TEST_CASE("both ways to write a time are read, and both its ends belong to it") {
  const auto certificate = read_certificate(kEc);
  REQUIRE(certificate);
  constexpr std::int64_t kFirst = 1577836800;
  constexpr std::int64_t kLast = 2529748800;
  CHECK(certificate->not_before == kFirst);
  CHECK(certificate->not_after == kLast);
  CHECK(certificate->time_at(kFirst - 1) == CertificateTime::not_yet_valid);
  CHECK(certificate->time_at(kFirst) == CertificateTime::valid);
  CHECK(certificate->time_at(kLast) == CertificateTime::valid);
  CHECK(certificate->time_at(kLast + 1) == CertificateTime::expired);
}

TEST_CASE("the first of several certificates counts, whatever stands before it") {
  const auto certificate = read_certificate("Cert:" + kEc + kRsa);
  REQUIRE(certificate);
  CHECK(certificate->key.to_string() == kEcKey);
}

TEST_CASE("what is no certificate is none") {
  CHECK_FALSE(read_certificate(""));
  CHECK_FALSE(read_certificate("-----BEGIN CERTIFICATE-----"));
  CHECK_FALSE(read_certificate("-----BEGIN CERTIFICATE----------END CERTIFICATE-----"));
  CHECK_FALSE(read_certificate("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"));
  CHECK_FALSE(read_certificate("-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----"));
}

TEST_CASE("a certificate that is cut off anywhere is none, or still has its key") {
  const std::size_t begin = kEc.find('\n') + 1;
  const std::size_t end = kEc.find("-----END");
  for (std::size_t cut = begin; cut < end; ++cut) {
    CAPTURE(cut);
    const auto certificate = read_certificate(kEc.substr(0, cut) + kEc.substr(end));
    if (certificate) CHECK(certificate->key.to_string() == kEcKey);
  }
}

TEST_CASE("no damage to one character is read beyond its bounds") {
  for (std::size_t i = 0; i < kEc.size(); ++i) {
    for (const char c : {'A', '/', '9', '=', '\n', '-'}) {
      std::string damaged = kEc;
      damaged[i] = c;
      read_certificate(damaged);
    }
  }
}
