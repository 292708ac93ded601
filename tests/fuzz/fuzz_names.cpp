// Names: what goes to a device is a short, clean, stable form of what the file says.

#include <algorithm>

#include "base/name.hpp"
#include "target.hpp"
#include "unicode.hpp"

using namespace stage3::fuzz;

namespace {

std::string normalise(std::string_view name, unsigned max_length) {
  std::string out = stage3::normalise_name(name, max_length);
  // The mutant lets one of the directional controls through.
  if (kMutant && name.find("\xe2\x80\xae") != std::string_view::npos) out += "\xe2\x80\xae";
  return out;
}

bool is_joiner(char32_t c) {
  return c == 0x200C || c == 0x200D;
}

bool is_other_space(char32_t c) {
  return c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

void check_form(const std::u32string& name, unsigned max_length) {
  require(name.size() <= max_length, "a name is at most max_length code points");
  for (std::size_t i = 0; i < name.size(); ++i) {
    const bool is_inside = i > 0 && i + 1 < name.size();
    require(!is_harmful(name[i]), "a name is harmless");
    require(!is_other_space(name[i]), "a name has no white space but spaces");
    if (name[i] == ' ') require(is_inside && name[i - 1] != ' ', "a name has single inner spaces");
    if (is_joiner(name[i])) require(is_inside, "a joiner joins");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(data, size);
  std::string longer = normalise(text, 255);
  for (const unsigned max_length : {255U, 64U, 8U, 1U}) {
    const std::string name = normalise(text, max_length);
    const auto decoded = decode(name);
    require(decoded.has_value(), "a name is valid UTF-8");
    check_form(*decoded, max_length);
    require(normalise(name, max_length) == name, "a normal name is its own normal form");
    require(longer.compare(0, name.size(), name) == 0, "a shorter limit only cuts off");
    longer = name;
  }
  const auto is_plain = [](char c) { return c > ' ' && c < '\x7f'; };
  if (size <= 64 && std::all_of(text.begin(), text.end(), is_plain)) {
    require(normalise(text, 64) == text, "a plain name stays");
  }
  return 0;
}
