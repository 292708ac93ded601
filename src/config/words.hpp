#pragma once

#include <array>
#include <string_view>

#include <stage3/config.hpp>

namespace stage3::config {

// The words of the configuration's choices, for all layers.

template <class Enum>
struct Word {
  Enum value;
  std::string_view text;
};

inline constexpr std::array kModeWords{
    Word<OtaMode>{OtaMode::check_only, "check_only"},
    Word<OtaMode>{OtaMode::check_and_update, "check_and_update"},
};

/// What a device calls its offers and is asked for, too.
inline constexpr std::array kStageWords{
    Word<OtaStage>{OtaStage::stable, "stable"},
    Word<OtaStage>{OtaStage::beta, "beta"},
};

inline constexpr std::array kTlsWords{
    Word<TlsMode>{TlsMode::off, "off"},
    Word<TlsMode>{TlsMode::automatic, "auto"},
    Word<TlsMode>{TlsMode::require, "require"},
};

inline constexpr std::array kLogWords{
    Word<LogFormat>{LogFormat::text, "text"},
    Word<LogFormat>{LogFormat::json, "json"},
};

inline constexpr std::array kLanguageWords{
    Word<Language>{Language::en, "en"},
    Word<Language>{Language::de, "de"},
};

/// Empty: `value` is none of the enumerators.
template <class Words, class Enum>
constexpr std::string_view word_of(const Words& words, Enum value) {
  for (const auto& word : words)
    if (word.value == value) return word.text;
  return {};
}

constexpr std::string_view word_of(OtaStage stage) {
  return word_of(kStageWords, stage);
}

}  // namespace stage3::config
