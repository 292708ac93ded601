#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <stage3/config.hpp>

namespace stage3::config {

// What the value of a key may be. Each type says what it expects, for messages, reads a value from
// text (none: not of that type), says whether one is in range, whoever gave it, and shows it as
// parse() takes it. show() takes any value, also one out of range: messages name it.

enum class Kind { boolean, number, text };

struct Boolean {
  static constexpr Kind kKind = Kind::boolean;
  static std::string expects();
  static std::optional<bool> parse(std::string_view text);
  static bool allows(bool) { return true; }
  static std::string show(bool value);
};

struct Whole {
  static constexpr Kind kKind = Kind::number;
  unsigned min;  ///< where it is 0, that means no limit
  unsigned max;
  std::string expects() const;
  std::optional<unsigned> parse(std::string_view text) const;
  bool allows(unsigned value) const { return value >= min && value <= max; }
  static std::string show(unsigned value);
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

struct Seconds {
  static constexpr Kind kKind = Kind::number;
  static std::string expects();
  static std::optional<Duration> parse(std::string_view text);
  static bool allows(Duration value);
  static std::string show(Duration value);
};

struct Path {
  static constexpr Kind kKind = Kind::text;
  bool may_be_empty;
  std::string expects() const;
  static std::optional<std::string> parse(std::string_view text) { return std::string(text); }
  bool allows(const std::string& value) const;
  static std::string show(const std::string& value) { return value; }
};

/// A member of an entry that holds the wanted name.
struct FieldName {
  static constexpr Kind kKind = Kind::text;
  static std::string expects();
  static std::optional<std::string> parse(std::string_view text) { return std::string(text); }
  static bool allows(const std::string& value);
  static std::string show(const std::string& value) { return value; }
};

struct Mode {
  static constexpr Kind kKind = Kind::text;
  static std::string expects();
  static std::optional<OtaMode> parse(std::string_view text);
  static bool allows(OtaMode value);
  static std::string show(OtaMode value);
};

struct Stage {
  static constexpr Kind kKind = Kind::text;
  static std::string expects();
  static std::optional<OtaStage> parse(std::string_view text);
  static bool allows(OtaStage value);
  static std::string show(OtaStage value);
};

}  // namespace stage3::config
