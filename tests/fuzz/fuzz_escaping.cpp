// Escaping: nothing harmful comes out, and nothing is lost: the escapes say what went in.

#include <stage3/text.hpp>

#include "base/text.hpp"
#include "target.hpp"
#include "unicode.hpp"

using namespace stage3::fuzz;

namespace {

std::string escape(std::string_view text) {
  std::string out = stage3::escape(text);
  const std::size_t at = kMutant ? out.find("\\u2067") : std::string::npos;
  return at == std::string::npos ? out : out.replace(at, 6, encode(0x2067));
}

/// What the escape at the front of `rest` stands for; cuts it off.
std::string take_escape(std::string_view& rest) {
  constexpr std::string_view kLetters = "\\nrt";
  constexpr std::string_view kMeanings = "\\\n\r\t";
  require(rest.size() >= 2, "a backslash begins an escape");
  const char letter = rest[1];
  const std::size_t which = kLetters.find(letter);
  const std::size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
  require(which != std::string_view::npos || digits > 0, "an escape is one of those documented");
  const std::string hex(rest.substr(2, digits));
  rest.remove_prefix(2 + hex.size());
  if (digits == 0) return {kMeanings[which]};
  require(hex.size() == digits, "an escape is whole");
  const auto value = static_cast<char32_t>(std::stoul(hex, nullptr, 16));
  return digits == 2 ? std::string{static_cast<char>(value)} : encode(value);
}

std::string unescape(std::string_view rest) {
  std::string out;
  while (!rest.empty()) {
    if (rest.front() == '\\') {
      out += take_escape(rest);
    } else {
      out += rest.front();
      rest.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(data, size);
  const std::string escaped = escape(text);
  require(is_harmless(escaped), "what is escaped is harmless");
  require(unescape(escaped) == text, "what is escaped can be told");
  const std::string quoted = stage3::quoted(text);
  require(is_harmless(quoted), "what is quoted is harmless");
  // 60 code points of at most 10 characters each, quotes and an ellipsis.
  require(quoted.size() <= 60 * 10 + 5, "what is quoted is short");
  return 0;
}
