#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <stage3/config.hpp>

namespace stage3::config {

// What a plain scalar means is known by the key it stands at, so each type has its own reader.
// None: not of that type or out of range. They know no locale.

/// true/false, yes/no, on/off in lower case, upper case or with a capital: what PyYAML takes for a
/// boolean.
std::optional<bool> parse_boolean(std::string_view text) noexcept;

/// A whole number up to `max` in plain decimal digits: no sign, no leading zero (YAML 1.1 would
/// read octal), no fraction, exponent or underscore.
std::optional<unsigned> parse_whole(std::string_view text, unsigned max) noexcept;

/// A number from 0 to `max` in plain decimal digits, fractions allowed (0.25).
std::optional<double> parse_number(std::string_view text, double max) noexcept;

/// Seconds from 0 to `max`, fractions allowed, rounded to microseconds.
std::optional<Duration> parse_seconds(std::string_view text, Duration max) noexcept;

/// What is wrong with how a number is written, and what to do, for a message; empty where it is
/// written as the functions above read it, or is no number at all.
std::string_view number_hint(std::string_view text) noexcept;

}  // namespace stage3::config
