#include "base/glob.hpp"

#include <algorithm>
#include <stage3/text.hpp>

#include "base/utf8.hpp"

namespace stage3 {

class Glob::Reader {
 public:
  explicit Reader(std::string_view pattern) : rest_(pattern) {}

  /// False: it is no pattern.
  bool read(std::vector<Element>& ret_elements) {
    while (!rest_.empty()) {
      const char32_t c = next();
      if (c == '*') {
        // Stars in a row are one.
        if (ret_elements.empty() || ret_elements.back().kind != Kind::any)
          ret_elements.push_back({Kind::any});
      } else if (c == '?') {
        ret_elements.push_back({Kind::one});
      } else if (c == '[') {
        Element set{Kind::set};
        if (!read_set(set)) return false;
        ret_elements.push_back(std::move(set));
      } else {
        char32_t plain = c;
        if (!unescape(plain)) return false;
        ret_elements.push_back({Kind::text, false, {{plain, plain}}});
      }
    }
    return true;
  }

 private:
  char32_t next() {
    const Decoded decoded = decode_utf8(rest_);
    rest_.remove_prefix(decoded.length);
    return decoded.code_point;
  }

  bool begins_with(std::string_view text) const { return rest_.substr(0, text.size()) == text; }

  bool unescape(char32_t& c) {
    if (c != '\\') return true;
    if (rest_.empty()) return false;
    c = next();
    return true;
  }

  /// Behind the bracket.
  bool read_set(Element& ret_set) {
    ret_set.is_negated = begins_with("!") || begins_with("^");
    if (ret_set.is_negated) rest_.remove_prefix(1);
    // A bracket that comes first is one of the characters.
    for (bool is_first = true; is_first || !begins_with("]"); is_first = false) {
      Range range;
      if (begins_with("[:") || !read_range(range)) return false;
      ret_set.ranges.push_back(range);
      if (rest_.empty()) return false;
    }
    rest_.remove_prefix(1);
    return true;
  }

  bool read_range(Range& ret_range) {
    if (rest_.empty()) return false;
    ret_range.first = next();
    if (!unescape(ret_range.first)) return false;
    ret_range.second = ret_range.first;
    if (rest_.size() < 2 || rest_[0] != '-' || rest_[1] == ']') return true;
    rest_.remove_prefix(1);
    ret_range.second = next();
    return unescape(ret_range.second) && ret_range.first <= ret_range.second;
  }

  std::string_view rest_;
};

std::optional<Glob> Glob::parse(std::string_view pattern) {
  Glob glob;
  // No sign of a pattern composes with a mark behind it.
  if (!Reader(canonical(pattern)).read(glob.elements_)) return std::nullopt;
  return glob;
}

bool Glob::Element::fits(char32_t code_point) const {
  if (kind == Kind::one) return true;
  const bool is_in = std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
    return code_point >= range.first && code_point <= range.second;
  });
  return is_in != is_negated;
}

bool Glob::matches(std::string_view spelled) const {
  const std::string text = canonical(spelled);
  // Only the last star met may have to take more: what stands before it fits as early as it can,
  // and leaves the most to what follows.
  std::size_t element = 0;
  std::size_t at = 0;
  std::size_t behind_star = 0;  // 0: none met
  std::size_t star_end = 0;
  while (at < text.size()) {
    if (element < elements_.size() && elements_[element].kind == Kind::any) {
      behind_star = ++element;
      star_end = at;
      continue;
    }
    const Decoded decoded = decode_utf8(std::string_view(text).substr(at));
    if (element < elements_.size() && elements_[element].fits(decoded.code_point)) {
      ++element;
      at += decoded.length;
    } else if (behind_star != 0) {
      star_end += decode_utf8(std::string_view(text).substr(star_end)).length;
      at = star_end;
      element = behind_star;
    } else {
      return false;
    }
  }
  if (element < elements_.size() && elements_[element].kind == Kind::any) ++element;
  return element == elements_.size();
}

std::optional<std::string> Glob::only_text() const {
  std::string text;
  for (const Element& element : elements_) {
    if (element.kind != Kind::text) return std::nullopt;
    append_utf8(text, element.ranges.front().first);
  }
  return text;
}

}  // namespace stage3
