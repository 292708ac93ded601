#include "state/value.hpp"

#include <charconv>

#include <stage3/text.hpp>

#include "base/assert.hpp"
#include "json/reader.hpp"

namespace stage3::state {
namespace {

using Kind = json::Scalar::Kind;

bool is_string_of(std::string_view token, std::string_view text) {
  if (token.front() != '"') return false;
  if (token.find('\\') != std::string_view::npos) return json::decode_string(token) == text;
  return token.substr(1, token.size() - 2) == text;
}

std::string_view word(bool value) {
  return value ? "true" : "false";
}

bool is(const json::Scalar& scalar, Kind kind) {
  return scalar.kind == kind && !scalar.damaged;
}

}  // namespace

const Change* Changes::end() const {
  return first + count;
}

void Spelling::append(std::string& out, const Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return quote(out, *text);
  if (const auto* time = std::get_if<UtcTime>(&value)) return quote(out, text_of(*time));
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    out += std::to_string(*number);
    return;
  }
  STAGE3_ASSERT(std::holds_alternative<bool>(value));
  out += word(std::get<bool>(value));
}

bool Spelling::says(std::string_view token, const Value& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) return is_string_of(token, *text);
  if (const auto* time = std::get_if<UtcTime>(&value)) return is_string_of(token, text_of(*time));
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return token == std::to_string(*number);
  }
  STAGE3_ASSERT(std::holds_alternative<bool>(value));
  return token == word(std::get<bool>(value));
}

void Spelling::quote(std::string& out, std::string_view text) const {
  if (texts_ == Texts::any) return json::append_quoted(out, text, charset_);
  out += '"';
  out += text;
  out += '"';
}

std::string_view Spelling::text_of(UtcTime time) {
  Remembered& remembered = times_[static_cast<std::size_t>(time.seconds) % times_.size()];
  if (remembered.text.empty() || remembered.seconds != time.seconds) {
    remembered.text = to_utc(time.seconds);
    remembered.seconds = time.seconds;
  }
  return remembered.text;
}

std::optional<std::string_view> as_text(const json::Scalar& scalar, std::size_t max_size) {
  if (!is(scalar, Kind::string) || scalar.text.size() > max_size) return std::nullopt;
  return scalar.text;
}

std::optional<std::int64_t> as_integer(const json::Scalar& scalar) {
  if (!is(scalar, Kind::number)) return std::nullopt;
  std::int64_t number = 0;
  const char* const end = scalar.text.data() + scalar.text.size();
  const auto [stop, error] = std::from_chars(scalar.text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

std::optional<bool> as_boolean(const json::Scalar& scalar) {
  if (!is(scalar, Kind::boolean)) return std::nullopt;
  return scalar.text == word(true);
}

std::optional<UtcTime> as_time(const json::Scalar& scalar, std::int64_t latest) {
  if (!is(scalar, Kind::string)) return std::nullopt;
  const auto seconds = from_utc(scalar.text);
  if (!seconds || *seconds <= 0 || *seconds > latest) return std::nullopt;
  return UtcTime{*seconds};
}

}  // namespace stage3::state
