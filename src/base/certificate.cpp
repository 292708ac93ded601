#include "base/certificate.hpp"

#include <algorithm>
#include <string>

#include "base/base64.hpp"
#include "base/sha256.hpp"
#include "base/utf8.hpp"

namespace stage3 {
namespace {

// Of DER (X.690) and of a certificate's structure (RFC 5280, 4.1) as much as leads to the key.

constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kBitString = 0x03;
constexpr std::uint8_t kUtcTime = 0x17;
constexpr std::uint8_t kGeneralizedTime = 0x18;
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kSet = 0x31;
constexpr std::uint8_t kVersion = 0xa0;
/// In a tag: what it holds are elements again.
constexpr std::uint8_t kConstructed = 0x20;

constexpr std::string_view kPemBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kPemEnd = "-----END CERTIFICATE-----";

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

  bool is_at_end() const { return left_.empty(); }

  bool is_next(std::uint8_t tag) const {
    return !left_.empty() && static_cast<std::uint8_t>(left_[0]) == tag;
  }

 private:
  std::string_view left_;
};

bool is_date(std::int64_t year, std::int64_t month, std::int64_t day) {
  if (month < 1 || month > 12 || day < 1) return false;
  constexpr std::int64_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool is_leap_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return day <= kDays[month - 1] + (month == 2 && is_leap_year ? 1 : 0);
}

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
  const std::int64_t hours = take(2);
  const std::int64_t minutes = take(2);
  const std::int64_t seconds = take(2);
  if (!is_date(year, month, day) || hours > 23 || minutes > 59 || seconds > 59) return std::nullopt;
  return ((days_to(year, month, day) * 24 + hours) * 60 + minutes) * 60 + seconds;
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
  // It is the key that counts, whatever the times are.
  return Certificate{KeyHash(sha256(key->whole)), from ? read_time(*from) : std::nullopt,
                     to ? read_time(*to) : std::nullopt};
}

/// Whether a value can be one of its type, of those that a certificate has.
bool is_sound_value(std::uint8_t tag, std::string_view value) {
  const auto byte = [](char c) { return static_cast<std::uint8_t>(c); };
  constexpr std::uint8_t kClass = 0xc0;
  if ((tag & kClass) != 0) return true;
  switch (tag) {
    case 0x01:  // BOOLEAN
      return value.size() == 1;
    case kInteger:
      return !value.empty();
    case kBitString:  // begins with how many of its bits do not count
      return !value.empty() && byte(value.front()) < 8;
    case 0x05:  // NULL
      return value.empty();
    case 0x06:  // OBJECT IDENTIFIER, of which the last byte says that it is the last
      return !value.empty() && byte(value.back()) < 0x80;
    case 0x0c:  // UTF8String
      return is_valid_utf8(value);
    default:  // OCTET STRING, other strings, times
      return tag == 0x04 || (tag >= 0x12 && tag <= 0x1e);
  }
}

/// Elements fill what they stand in, all the way down.
bool is_well_formed(std::string_view elements, int depth = 0) {
  // A certificate has nine levels.
  constexpr int kMaxDepth = 32;
  DerReader reader(elements);
  while (!reader.is_at_end()) {
    const auto element = reader.next();
    if (!element || depth == kMaxDepth) return false;
    const std::uint8_t tag = element->tag;
    const bool is_nested = (tag & kConstructed) != 0;
    const bool is_group = tag == kSequence || tag == kSet || tag >= kVersion;
    const bool is_sound = is_nested ? is_group && is_well_formed(element->content, depth + 1)
                                    : is_sound_value(tag, element->content);
    if (!is_sound) return false;
  }
  return true;
}

/// It has its signature, and nothing in it that is not an element. Bytes behind it do no harm.
bool is_whole(std::string_view bytes) {
  const auto certificate = DerReader(bytes).next(kSequence);
  if (!certificate || !read_der(bytes) || !is_well_formed(certificate->content)) return false;
  DerReader parts(certificate->content);
  return parts.next(kSequence) && parts.next(kSequence) && parts.next(kBitString) &&
         parts.is_at_end();
}

/// The bytes of what stands between the two lines of a PEM text.
std::optional<std::string> decode(std::string_view text) {
  std::string digits(text);
  const auto is_white = [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; };
  digits.erase(std::remove_if(digits.begin(), digits.end(), is_white), digits.end());
  return from_base64(digits);
}

/// Takes a line, and returns it without the blanks at its end.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line.substr(0, line.find_last_not_of(" \t\r") + 1);
}

}  // namespace

CertificateTime Certificate::time_at(std::int64_t now) const {
  if (not_before && now < *not_before) return CertificateTime::not_yet_valid;
  if (not_after && now > *not_after) return CertificateTime::expired;
  return not_before && not_after ? CertificateTime::valid : CertificateTime::undated;
}

std::optional<Certificate> read_certificate(std::string_view pem) {
  const std::size_t begin = pem.find(kPemBegin);
  if (begin == std::string_view::npos) return std::nullopt;
  pem.remove_prefix(begin + kPemBegin.size());
  const std::size_t end = pem.find(kPemEnd);
  if (end == std::string_view::npos) return std::nullopt;
  const auto bytes = decode(pem.substr(0, end));
  return bytes ? read_der(*bytes) : std::nullopt;
}

std::optional<DamagedCertificate> find_damaged_certificate(std::string_view pem) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (pem.substr(0, kByteOrderMark.size()) == kByteOrderMark)
    pem.remove_prefix(kByteOrderMark.size());
  DamagedCertificate place;
  bool is_inside = false;
  std::string text;
  for (std::size_t line_number = 1; !pem.empty(); ++line_number) {
    const std::string_view line = take_line(pem);
    if (line == kPemBegin && !is_inside) {
      place = {place.number + 1, line_number};
      is_inside = true;
      text.clear();
    } else if (line == kPemEnd) {
      if (!is_inside) return DamagedCertificate{place.number + 1, line_number};
      const auto bytes = decode(text);
      if (!bytes || !is_whole(*bytes)) return place;
      is_inside = false;
    } else if (is_inside) {
      // What stands before an empty line are headers to OpenSSL.
      if (line.empty() && !text.empty()) return place;
      text.append(line);
    }
  }
  return is_inside ? std::optional(place) : std::nullopt;
}

}  // namespace stage3
