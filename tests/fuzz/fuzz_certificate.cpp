// A certificate that a device shows. Whatever its bytes are: the key that is told is one that is in
// them, whole, as whoever looks for elements of DER without knowing what a certificate is finds it.
// So nothing that was read beyond an end, or put together, ever becomes a device's key.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/base64.hpp"
#include "base/certificate.hpp"
#include "base/sha256.hpp"
#include "target.hpp"

using namespace stage3::fuzz;

namespace {

constexpr std::string_view kPrefix = "Cert:";

/// As libcurl hands it over: lines of 64 characters.
std::string to_pem(std::string_view der) {
  const std::string digits =
      stage3::to_base64(reinterpret_cast<const std::uint8_t*>(der.data()), der.size());
  std::string pem = std::string(kPrefix) + "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t i = 0; i < digits.size(); i += 64)
    pem += digits.substr(i, 64) + '\n';
  return pem + "-----END CERTIFICATE-----\n";
}

/// The sequence that begins the text, with tag and length; empty: none does, or it has no end.
std::string_view sequence_at(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  if (text.size() < 2 || byte(0) != 0x30) return {};
  std::size_t head = 2;
  std::size_t size = byte(1);
  if (size > 0x80 && size <= 0x83) {
    head += size - 0x80;
    if (text.size() < head) return {};
    size = 0;
    for (std::size_t i = 2; i < head; ++i)
      size = size * 256 + byte(i);
  } else if (size >= 0x80) {
    return {};
  }
  return text.size() - head < size ? std::string_view() : text.substr(0, head + size);
}

/// The sequence of which this is the hash; empty: there is none.
std::string_view find_key(std::string_view der, const stage3::KeyHash& key) {
  for (std::size_t i = der.find('\x30'); i != der.npos; i = der.find('\x30', i + 1)) {
    const std::string_view found = sequence_at(der.substr(i));
    if (!found.empty() && stage3::KeyHash(stage3::sha256(found)) == key) return found;
  }
  return {};
}

/// The mutant reads a key whose length takes more than one byte a byte too far.
std::optional<stage3::Certificate> read(std::string_view der) {
  auto certificate = stage3::read_certificate(to_pem(der));
  if (!kMutant || !certificate) return certificate;
  const std::string_view key = find_key(der, certificate->key);
  if (key.size() > 0x80 && key.data() + key.size() < der.data() + der.size())
    certificate->key = stage3::KeyHash(stage3::sha256({key.data(), key.size() + 1}));
  return certificate;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = as_text(data, size);
  // Taken for the text itself, too, which is hardly ever one.
  static_cast<void>(stage3::read_certificate(bytes));
  static_cast<void>(stage3::find_damaged_certificate(bytes));
  static_cast<void>(stage3::find_damaged_certificate(to_pem(bytes).substr(kPrefix.size())));
  const auto certificate = read(bytes);
  if (!certificate) return 0;
  require(!find_key(bytes, certificate->key).empty(), "the key is a sequence in the certificate");
  constexpr std::int64_t kYear0 = -62'167'219'200;
  constexpr std::int64_t kYear10000 = 253'402'300'800;
  const auto is_time = [](std::optional<std::int64_t> time) {
    return !time || (*time >= kYear0 && *time < kYear10000);
  };
  require(is_time(certificate->not_before) && is_time(certificate->not_after),
          "a time is one of four digits' years, or none");
  return 0;
}
