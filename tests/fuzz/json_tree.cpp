#include "json_tree.hpp"

#include <stdexcept>

#include "unicode.hpp"

namespace stage3::fuzz {

namespace {

struct NotJson : std::runtime_error {
  NotJson() : std::runtime_error("not JSON") {}
};

class Parser {
 public:
  Parser(std::string_view text, Strings strings) : text_(text), strings_(strings) {}

  Json document() {
    Json value = spaced_value();
    check(at_ == text_.size());
    return value;
  }

 private:
  static constexpr unsigned kMaxDepth = 32;

  static void check(bool is_json) {
    if (!is_json) throw NotJson();
  }

  /// 0 behind the end: no grammar wants one.
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool accept(char c) {
    const bool is_it = at_ < text_.size() && text_[at_] == c;
    if (is_it) ++at_;
    return is_it;
  }
  void expect(std::string_view word) {
    check(text_.substr(at_, word.size()) == word);
    at_ += word.size();
  }
  void skip_space() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')
      ++at_;
  }

  Json spaced_value() {
    skip_space();
    Json out = value();
    skip_space();
    return out;
  }

  Json value() {
    const std::size_t begin = at_;
    Json out;
    switch (peek()) {
      case '{':
        out = object();
        break;
      case '[':
        out = array();
        break;
      case '"':
        out.kind = Json::Kind::string;
        out.text = string();
        break;
      case 't':
      case 'f':
        out.kind = Json::Kind::boolean;
        expect(peek() == 't' ? "true" : "false");
        break;
      case 'n':
        expect("null");
        break;
      default:
        out.kind = Json::Kind::number;
        number();
    }
    out.raw = text_.substr(begin, at_ - begin);
    return out;
  }

  Json object() {
    Json out;
    out.kind = Json::Kind::object;
    check(++depth_ <= kMaxDepth);
    expect("{");
    skip_space();
    if (!accept('}')) {
      do {
        out.members.push_back(member());
      } while (accept(','));
      expect("}");
    }
    --depth_;
    return out;
  }

  Json::Member member() {
    Json::Member out;
    skip_space();
    const std::size_t begin = at_;
    out.name = string();
    skip_space();
    expect(":");
    skip_space();
    out.value = value();
    out.raw = text_.substr(begin, at_ - begin);
    skip_space();
    return out;
  }

  Json array() {
    Json out;
    out.kind = Json::Kind::array;
    check(++depth_ <= kMaxDepth);
    expect("[");
    skip_space();
    if (!accept(']')) {
      do {
        out.elements.push_back(spaced_value());
      } while (accept(','));
      expect("]");
    }
    --depth_;
    return out;
  }

  bool digits() {
    const std::size_t begin = at_;
    while (peek() >= '0' && peek() <= '9')
      ++at_;
    return at_ > begin;
  }

  void number() {
    accept('-');
    if (!accept('0')) check(digits());
    if (accept('.')) check(digits());
    if (accept('e') || accept('E')) {
      if (!accept('+')) accept('-');
      check(digits());
    }
  }

  std::string string() {
    std::string out;
    expect("\"");
    while (!accept('"')) {
      check(static_cast<unsigned char>(peek()) >= 0x20);
      if (accept('\\')) {
        out += escaped();
      } else {
        out += text_[at_++];
      }
    }
    return out;
  }

  std::string escaped() {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (accept('u')) return unicode_escape();
    const std::size_t which = kLetters.find(peek());
    check(at_ < text_.size() && which != std::string_view::npos);
    ++at_;
    return {kMeanings[which]};
  }

  std::string unicode_escape() {
    const char32_t first = hex4();
    if (first < 0xD800 || first > 0xDFFF) return encode(first);
    const std::size_t behind = at_;
    if (first < 0xDC00 && accept('\\') && accept('u')) {
      const char32_t second = hex4();
      if (second >= 0xDC00 && second <= 0xDFFF)
        return encode(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
    }
    check(strings_ == Strings::any);
    at_ = behind;
    return "\xFF";
  }

  char32_t hex4() {
    char32_t out = 0;
    for (int i = 0; i < 4; ++i, ++at_) {
      const std::size_t digit = std::string_view("0123456789abcdefABCDEF").find(peek());
      check(at_ < text_.size() && digit != std::string_view::npos);
      out = out * 16 + static_cast<char32_t>(digit < 16 ? digit : digit - 6);
    }
    return out;
  }

  std::string_view text_;
  Strings strings_;
  std::size_t at_ = 0;
  unsigned depth_ = 0;
};

}  // namespace

const Json* Json::find(std::string_view name) const {
  const Json* found = nullptr;
  for (const Member& member : members)
    if (member.name == name) found = &member.value;
  return found;
}

std::optional<Json> parse_json(std::string_view text, Strings strings) {
  if (strings == Strings::unicode && !decode(text)) return std::nullopt;
  try {
    return Parser(text, strings).document();
  } catch (const NotJson&) {
    return std::nullopt;
  }
}

}  // namespace stage3::fuzz
