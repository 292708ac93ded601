#include "state/tls_reader.hpp"

#include "state/value.hpp"

namespace stage3::state {

namespace {

constexpr std::size_t kMaxKey = 64;

}  // namespace

void TlsReader::begin() {
  *this = TlsReader();
}

void TlsReader::key(std::string_view name) {
  name_ = name == "port" ? Name::port : name == "key" ? Name::key : Name::other;
  // Nobody knows which of two is true.
  const bool is_second = (name_ == Name::port && port_) || (name_ == Name::key && key_);
  if (is_second) is_good_ = false;
}

void TlsReader::scalar(const json::Scalar& value) {
  if (name_ == Name::port) {
    const auto number = as_integer(value);
    if (number && *number >= 1 && *number <= 65535) port_ = static_cast<std::uint16_t>(*number);
  }
  if (name_ == Name::key) {
    const auto text = as_text(value, kMaxKey);
    if (text) key_ = KeyHash::parse(*text);
  }
}

void TlsReader::compound() {
  if (name_ != Name::other) is_good_ = false;
}

std::optional<TlsPin> TlsReader::pin() const {
  if (!is_good_ || !port_ || !key_) return std::nullopt;
  return TlsPin{*port_, *key_};
}

}  // namespace stage3::state
