#include "base/certificate.hpp"

#include <algorithm>
#include <limits>
#include <string>

#include "base/base64.hpp"
#include "base/sha256.hpp"

namespace stage3 {
namespace {

// Of DER (X.690) and of a certificate's structure (RFC 5280, 4.1) as much as leads to the key.

constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kUtcTime = 0x17;
constexpr std::uint8_t kGeneralizedTime = 0x18;
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kVersion = 0xa0;

struct Element {
  std::uint8_t tag = 0;
  std::string_view content;
  /// With tag and length.
  std::string_view whole;
};

class DerReader {
 public:
  explicit DerReader(std::string_view bytes) : left_(bytes) {}

  /// The next element; none: there is none, or it reaches beyond the end.
  std::optional<Element> next() {
    if (left_.size() < 2) return std::nullopt;
    const auto first = static_cast<std::uint8_t>(left_[1]);
    std::size_t begin = 2;
    std::size_t size = first;
    if (first >= 0x80) {
      const std::size_t digits = first & 0x7fU;
      if (digits == 0 || digits > 3 || left_.size() < begin + digits) return std::nullopt;
      size = 0;
      for (std::size_t i = 0; i < digits; ++i)
        size = size << 8 | static_cast<std::uint8_t>(left_[begin + i]);
      begin += digits;
    }
    if (left_.size() - begin < size) return std::nullopt;
    const Element element{static_cast<std::uint8_t>(left_[0]), left_.substr(begin, size),
                          left_.substr(0, begin + size)};
    left_.remove_prefix(begin + size);
    return element;
  }

  std::optional<Element> next(std::uint8_t tag) {
    const auto element = next();
    return element && element->tag == tag ? element : std::nullopt;
  }

  bool is_next(std::uint8_t tag) const {
    return !left_.empty() && static_cast<std::uint8_t>(left_[0]) == tag;
  }

 private:
  std::string_view left_;
};

/// Days since the epoch of a date in the Gregorian calendar.
std::int64_t days_to(std::int64_t year, std::int64_t month, std::int64_t day) {
  // Counted from 1 March, so that a leap day is the last of its year.
  const std::int64_t y = month <= 2 ? year - 1 : year;
  const std::int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  constexpr std::int64_t kFromYear0 = 719468;
  return y * 365 + y / 4 - y / 100 + y / 400 + day_of_year - kFromYear0;
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`, the only forms that a certificate may have.
std::optional<std::int64_t> read_time(const Element& element) {
  const bool is_short = element.tag == kUtcTime;
  std::string_view text = element.content;
  const std::size_t size = is_short ? 13 : 15;
  if (!is_short && element.tag != kGeneralizedTime) return std::nullopt;
  if (text.size() != size || text.back() != 'Z') return std::nullopt;
  text.remove_suffix(1);
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  const auto take = [&](std::size_t digits) {
    std::int64_t number = 0;
    for (const char c : text.substr(0, digits))
      number = number * 10 + (c - '0');
    text.remove_prefix(digits);
    return number;
  };
  std::int64_t year = take(is_short ? 2 : 4);
  if (is_short) year += year < 50 ? 2000 : 1900;
  const std::int64_t month = take(2);
  const std::int64_t day = take(2);
  if (month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  const std::int64_t hours = take(2);
  const std::int64_t minutes = take(2);
  return ((days_to(year, month, day) * 24 + hours) * 60 + minutes) * 60 + take(2);
}

std::optional<Certificate> read_der(std::string_view bytes) {
  const auto certificate = DerReader(bytes).next(kSequence);
  if (!certificate) return std::nullopt;
  const auto signed_part = DerReader(certificate->content).next(kSequence);
  if (!signed_part) return std::nullopt;
  DerReader reader(signed_part->content);
  if (reader.is_next(kVersion)) reader.next();
  const bool has_serial_and_issuer =
      reader.next(kInteger) && reader.next(kSequence) && reader.next(kSequence);
  if (!has_serial_and_issuer) return std::nullopt;
  const auto validity = reader.next(kSequence);
  if (!validity || !reader.next(kSequence)) return std::nullopt;
  const auto key = reader.next(kSequence);
  if (!key) return std::nullopt;

  DerReader times(validity->content);
  const auto from = times.next();
  const auto to = times.next();
  // It is the key that counts: times that cannot be read are no times.
  using Times = std::numeric_limits<std::int64_t>;
  return Certificate{KeyHash(sha256(key->whole)),
                     (from ? read_time(*from) : std::nullopt).value_or(Times::min()),
                     (to ? read_time(*to) : std::nullopt).value_or(Times::max())};
}

}  // namespace

CertificateTime Certificate::time_at(std::int64_t now) const {
  if (now < not_before) return CertificateTime::not_yet_valid;
  return now > not_after ? CertificateTime::expired : CertificateTime::valid;
}

std::optional<Certificate> read_certificate(std::string_view pem) {
  constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
  constexpr std::string_view kEnd = "-----END CERTIFICATE-----";
  const std::size_t begin = pem.find(kBegin);
  if (begin == std::string_view::npos) return std::nullopt;
  pem.remove_prefix(begin + kBegin.size());
  const std::size_t end = pem.find(kEnd);
  if (end == std::string_view::npos) return std::nullopt;
  std::string digits(pem.substr(0, end));
  const auto is_white = [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; };
  digits.erase(std::remove_if(digits.begin(), digits.end(), is_white), digits.end());
  const auto bytes = from_base64(digits);
  return bytes ? read_der(*bytes) : std::nullopt;
}

}  // namespace stage3
