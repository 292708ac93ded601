#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <stage3/config.hpp>

#include "config/words.hpp"

namespace stage3::config {

// What the value of a key may be. Each type says what it expects, for messages and the
// documentation, reads a value from text (none: not of that type), says whether one is in range,
// whoever gave it, and shows it as parse() takes it. show() takes any value, also one out of range:
// messages name it.

enum class Kind { boolean, number, text, list };

struct Boolean {
  static constexpr Kind kKind = Kind::boolean;
  static std::string expects();
  static std::optional<bool> parse(std::string_view text);
  static bool allows(bool) { return true; }
  static std::string show(bool value);
};

/// What is the same for all ranges of whole numbers.
struct AnyWhole {
  static constexpr Kind kKind = Kind::number;
  static std::string show(unsigned value);

 protected:
  static std::string expects(unsigned min, unsigned max);
  static std::optional<unsigned> parse(std::string_view text, unsigned max);
};

template <unsigned min, unsigned max>
struct Whole : AnyWhole {
  static std::string expects() { return AnyWhole::expects(min, max); }
  static std::optional<unsigned> parse(std::string_view text) { return AnyWhole::parse(text, max); }
  static bool allows(unsigned value) { return value >= min && value <= max; }
};

/// How many at most; 0 = no limit.
struct Limit : AnyWhole {
  static constexpr unsigned kMax = 1000000000;
  static std::string expects();
  static std::optional<unsigned> parse(std::string_view text) {
    return AnyWhole::parse(text, kMax);
  }
  static bool allows(unsigned value) { return value <= kMax; }
};

/// Whole days, ten years of them at most.
struct Days : AnyWhole {
  static constexpr unsigned kMax = 3650;
  static std::string expects();
  static std::optional<unsigned> parse(std::string_view text) {
    return AnyWhole::parse(text, kMax);
  }
  static bool allows(unsigned value) { return value <= kMax; }
};

/// So many a second; 0 = no limit. A rate just above 0 would stop a run for longer than any run
/// lasts.
struct Rate {
  static constexpr Kind kKind = Kind::number;
  static std::string expects();
  static std::optional<double> parse(std::string_view text);
  static bool allows(double value);
  static std::string show(double value);
};

/// What is the same for all ranges of seconds.
struct AnySeconds {
  static constexpr Kind kKind = Kind::number;
  static std::string show(Duration value);

 protected:
  static std::string expects(Duration min, Duration max);
  static std::optional<Duration> parse(std::string_view text, Duration max);
};

/// From `min` to `max` microseconds; the least that is more than nothing is told as `> 0`.
template <Duration::rep min, Duration::rep max>
struct SecondsFrom : AnySeconds {
  static std::string expects() { return AnySeconds::expects(Duration(min), Duration(max)); }
  static std::optional<Duration> parse(std::string_view text) {
    return AnySeconds::parse(text, Duration(max));
  }
  static bool allows(Duration value) { return value >= Duration(min) && value <= Duration(max); }
};

constexpr Duration::rep count(Duration duration) {
  return duration.count();
}

/// A time limit.
using Seconds = SecondsFrom<1, count(std::chrono::hours(1))>;

struct AnyText {
  static constexpr Kind kKind = Kind::text;
  static std::optional<std::string> parse(std::string_view text) { return std::string(text); }
  static std::string show(const std::string& value) { return value; }
};

struct Path : AnyText {
  static std::string expects();
  static bool allows(const std::string& value);
};

/// Empty: no such file.
struct OptionalPath : AnyText {
  static std::string expects();
  static bool allows(const std::string& value);
};

/// A member of an entry that holds the wanted name.
struct FieldName : AnyText {
  static std::string expects();
  static bool allows(const std::string& value);
};

/// One of `words`.
template <const auto& words>
struct Choice {
  using Value = decltype(words.front().value);

  static constexpr Kind kKind = Kind::text;

  static std::string expects() {
    std::string text;
    for (const auto& word : words)
      text += (text.empty() ? "" : " or ") + std::string(word.text);
    return text;
  }

  static std::optional<Value> parse(std::string_view text) {
    for (const auto& word : words)
      if (word.text == text) return word.value;
    return std::nullopt;
  }

  static bool allows(Value value) { return !word_of(words, value).empty(); }

  /// For a value that is no enumerator, its number.
  static std::string show(Value value) {
    return allows(value) ? std::string(word_of(words, value))
                         : std::to_string(static_cast<int>(value));
  }
};

}  // namespace stage3::config
