#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace stage3 {

/// `text` made safe for a terminal or a log line: C0 and C1 controls, DEL, bidirectional and other
/// invisible format characters, line separators and invalid UTF-8 become visible escapes (\n, \x1b,
/// \u202e), a backslash is doubled so that no text can look like another's escape; the rest is
/// unchanged. \xNN is always a byte, \uNNNN a code point. Zero-width joiner and non-joiner stay
/// where they follow a letter or picture beyond ASCII: they hold emoji and words together there.
std::string escape(std::string_view text);

/// The columns that UTF-8 without control characters takes on a terminal, without asking a locale:
/// by East Asian Width (Unicode 15.0), ambiguous ones as narrow, marks and joiners as nothing.
/// Where terminals differ over an emoji of several code points, the widest figure: that of its
/// parts.
std::size_t display_width(std::string_view text) noexcept;

/// The longest start of `text` that takes at most so many columns and ends between two grapheme
/// clusters (UAX #29): no accent, joined emoji or syllable is cut through.
std::string_view fitting(std::string_view text, std::size_t columns) noexcept;

/// The whole text where it takes at most so many columns, else a start of it with "..." behind.
std::string shortened(std::string_view text, std::size_t columns);

/// One text for all that Unicode holds to be the same (its form C): an `ä` is one code point to
/// some programs and an `a` with two dots behind it to others, such as macOS, and nobody can see
/// which. What is no UTF-8 becomes U+FFFD.
std::string canonical(std::string_view text);

/// UTC time as `2026-11-23T14:31:05Z`. A time outside of the years 1000 to 9999 becomes the
/// nearest one that is not.
std::string to_utc(std::int64_t seconds_since_epoch);

/// The opposite, for exactly that form: none for anything else, a 30th of February or a leap second
/// among it.
std::optional<std::int64_t> from_utc(std::string_view text);

/// How long something takes, or was ago, for people: "90 s", "2 min", "17 h", "3 days". Less than
/// nothing is "0 s".
std::string in_words(std::int64_t seconds);

/// How many slips of the keyboard make `to` of `from`: a character missing, extra, wrong, or
/// swapped with its neighbour. What the suggestions for unknown keys go by, for a program's own
/// words. Takes time in proportion to the product of the lengths.
std::size_t count_typos(std::string_view from, std::string_view to);

}  // namespace stage3
