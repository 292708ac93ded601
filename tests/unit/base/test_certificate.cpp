// What is read of a certificate: made with OpenSSL, and damaged in every way.

#include "base/certificate.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/base64.hpp"

using stage3::Certificate;
using stage3::CertificateTime;
using stage3::find_damaged_certificate;
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

std::string der_of(const std::string& pem) {
  const std::size_t begin = pem.find('\n') + 1;
  std::string digits = pem.substr(begin, pem.find("-----END") - begin);
  digits.erase(std::remove(digits.begin(), digits.end(), '\n'), digits.end());
  return stage3::from_base64(digits).value();
}

std::string to_pem(const std::string& der) {
  return "-----BEGIN CERTIFICATE-----\n" +
         stage3::to_base64(reinterpret_cast<const std::uint8_t*>(der.data()), der.size()) +
         "\n-----END CERTIFICATE-----\n";
}

/// kEc with other words of as many characters for its two times.
std::optional<Certificate> dated(const std::string& before, const std::string& after) {
  std::string der = der_of(kEc);
  for (const auto& [old, now] :
       {std::pair<std::string, std::string>{"200101000000Z", before}, {"20500301120000Z", after}})
    der.replace(der.find(old), old.size(), now);
  return read_certificate(to_pem(der));
}

/// Where it is told.
std::string damage_in(const std::string& pem) {
  const auto damaged = find_damaged_certificate(pem);
  if (!damaged) return "none";
  return std::to_string(damaged->number) + " in line " + std::to_string(damaged->line);
}

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

TEST_CASE("a date that is none is told, whatever the day, and another one still counts") {
  constexpr std::int64_t kNow = 1'700'000'000;
  const std::string good_before = "200101000000Z";
  const std::string good_after = "20500301120000Z";
  REQUIRE(dated(good_before, good_after)->time_at(kNow) == CertificateTime::valid);
  for (const char* const before :
       {"XXXXXXXXXXXXX", "201301000000Z", "200100000000Z", "200132000000Z", "210229000000Z",
        "200431000000Z", "200101240000Z", "200101006000Z", "200101000060Z", "2001010000000",
        "\x1b[31m00000000"}) {
    CAPTURE(before);
    CHECK(dated(before, good_after)->time_at(kNow) == CertificateTime::undated);
    CHECK(dated(before, "20210301120000Z")->time_at(kNow) == CertificateTime::expired);
  }
  CHECK(dated("200229235959Z", good_after)->time_at(kNow) == CertificateTime::valid);
  CHECK(dated(good_before, "20509901120000Z")->time_at(kNow) == CertificateTime::undated);
  CHECK(dated("490101000000Z", "20509901120000Z")->time_at(kNow) == CertificateTime::not_yet_valid);
}

TEST_CASE("of a file's certificates each must be whole, whatever stands between them") {
  CHECK(damage_in("") == "none");
  CHECK(damage_in("words\n" + kEc + "\n# words\n" + kRsa) == "none");
  std::string windows;
  for (const char c : kEc + kRsa)
    windows += c == '\n' ? std::string(" \r\n") : std::string(1, c);
  CHECK(damage_in(windows) == "none");
  const std::string begin = "-----BEGIN CERTIFICATE-----\n";
  const std::string end = "-----END CERTIFICATE-----\n";
  CHECK(damage_in(kEc.substr(0, kEc.size() - 1)) == "none");

  const std::string at_second = "2 in line 9";
  CHECK(damage_in(kEc + begin + "AAAA\n" + end) == at_second);
  CHECK(damage_in(kEc + begin + end + kRsa) == at_second);
  CHECK(damage_in(kEc + begin + "MIIB\n") == at_second);
  CHECK(damage_in(kEc + begin + kRsa) == at_second);
  CHECK(damage_in(kEc + kRsa.substr(0, kRsa.find("-----END")) + kEc) == at_second);
  // Its first line got lost, or is not at the beginning of a line.
  CHECK(damage_in(kEc + kRsa.substr(begin.size())) == "2 in line 26");
  const std::string mark = "\xef\xbb\xbf";
  CHECK(damage_in(mark + kEc) == "none");
  CHECK(damage_in(kEc + mark + kEc) == "2 in line 16");
  CHECK(damage_in("  " + kEc) == "1 in line 8");
  // An empty line, a line twice.
  CHECK(damage_in(begin + '\n' + kEc.substr(begin.size())) == "none");
  CHECK(damage_in(kEc.substr(0, begin.size() + 65) + '\n' + kEc.substr(begin.size() + 65)) ==
        "1 in line 1");
  const std::size_t line = kRsa.find('\n', begin.size()) + 1;
  CHECK(damage_in(kEc + kRsa.substr(0, line) + kRsa.substr(begin.size())) == at_second);
}

TEST_CASE("a certificate that lost any of its digits is damaged") {
  const std::size_t begin = kEc.find('\n') + 1;
  const std::size_t end = kEc.find("-----END");
  for (std::size_t cut = begin; cut + 1 < end; ++cut) {
    CAPTURE(cut);
    CHECK(damage_in(kEc.substr(0, cut) + '\n' + kEc.substr(end)) == "1 in line 1");
    for (const std::size_t lost : {1U, 4U, 64U}) {
      const std::string digits = kEc.substr(cut, lost);
      if (cut + lost >= end || digits.find_first_not_of('\n') == std::string::npos) continue;
      CHECK(damage_in(kEc.substr(0, cut) + kEc.substr(cut + lost)) == "1 in line 1");
    }
  }
}

TEST_CASE("a value that cannot be one of its type is damage") {
  using namespace std::string_literals;
  const std::string der = der_of(kRsa);
  REQUIRE(damage_in(to_pem(der)) == "none");
  struct Case {
    std::string whole, damaged;
  };
  for (const auto& row : {
           Case{"\x0c\x07shelly2"s, "\x0c\x07\xffhelly2"s},         // no UTF-8
           Case{"\x06\x03\x55\x04\x03"s, "\x06\x03\x55\x04\x83"s},  // has no last byte
           Case{"\x05\x00"s, "\x1f\x00"s},                          // of no type that there is
           Case{"\x30\x0d\x06\x09"s, "\x32\x0d\x06\x09"s},          // no group of elements
           Case{"\x03\x82\x01\x0f\x00"s, "\x03\x82\x01\x0f\x08"s},  // nine bits in a byte
       }) {
    const auto& [whole, damaged] = row;
    CAPTURE(row.damaged);
    std::string bytes = der;
    const std::size_t at = bytes.find(whole);
    REQUIRE(at != std::string::npos);
    bytes.replace(at, whole.size(), damaged);
    CHECK(damage_in(to_pem(bytes)) == "1 in line 1");
  }
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
      find_damaged_certificate(damaged);
    }
  }
}
