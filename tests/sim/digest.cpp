#include "digest.hpp"

#include <nettle/sha2.h>

#include <array>
#include <cstdint>

namespace sim {
namespace {

std::string field(const std::map<std::string, std::string>& fields, const char* name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

void skip_separators(std::string_view& rest) {
  const auto next = rest.find_first_not_of(" \t,");
  rest = next == std::string_view::npos ? std::string_view() : rest.substr(next);
}

/// Takes a quoted string off the front of `rest`, which starts behind the opening quote.
bool take_quoted(std::string_view& rest, std::string& value) {
  for (std::size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '"') {
      rest = rest.substr(i + 1);
      return true;
    }
    if (rest[i] == '\\' && ++i == rest.size()) return false;
    value += rest[i];
  }
  return false;
}

void take_token(std::string_view& rest, std::string& value) {
  const auto end = rest.find_first_of(", \t");
  value = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end);
}

}  // namespace

std::string sha256_hex(std::string_view text) {
  sha256_ctx context;
  sha256_init(&context);
  sha256_update(&context, text.size(), reinterpret_cast<const std::uint8_t*>(text.data()));
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t byte : digest) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

std::string auth_scheme(const std::string& header) {
  return header.substr(0, header.find(' '));
}

std::map<std::string, std::string> digest_fields(const std::string& header) {
  std::map<std::string, std::string> fields;
  if (auth_scheme(header) != "Digest") return fields;
  std::string_view rest = std::string_view(header).substr(6);
  for (skip_separators(rest); !rest.empty(); skip_separators(rest)) {
    const auto equals = rest.find('=');
    if (equals == std::string_view::npos) return {};
    std::string name;
    for (const char c : rest.substr(0, equals)) {
      name += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    }
    rest = rest.substr(equals + 1);
    std::string value;
    if (!rest.empty() && rest.front() == '"') {
      rest = rest.substr(1);
      if (!take_quoted(rest, value)) return {};
    } else {
      take_token(rest, value);
    }
    if (!fields.emplace(std::move(name), std::move(value)).second) return {};
  }
  return fields;
}

std::string digest_response(const std::map<std::string, std::string>& fields,
                            const std::string& password, const std::string& method,
                            const std::string& uri) {
  const std::string secret = sha256_hex("admin:" + field(fields, "realm") + ":" + password);
  const std::string request = sha256_hex(method + ":" + uri);
  return sha256_hex(secret + ":" + field(fields, "nonce") + ":" + field(fields, "nc") + ":" +
                    field(fields, "cnonce") + ":" + field(fields, "qop") + ":" + request);
}

}  // namespace sim
