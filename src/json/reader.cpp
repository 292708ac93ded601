#include "json/reader.hpp"

#include <cstdint>
#include <utility>

#include "base/utf8.hpp"
#include "json/damage.hpp"
#include "json/foreign.hpp"
#include "json/number.hpp"
#include "json/stream.hpp"

namespace stage3::json {
namespace {

namespace rj = stage3_rapidjson;

constexpr unsigned kFlags = rj::kParseIterativeFlag | rj::kParseNumbersAsStringsFlag;

/// RapidJSON lets the second half of a surrogate pair stand alone and decodes it to the bytes ED
/// B0..BF xx, which are not UTF-8.
bool has_lone_surrogate(std::string_view decoded) {
  for (std::size_t at = decoded.find('\xED'); at != std::string_view::npos;
       at = decoded.find('\xED', at + 1)) {
    if (static_cast<unsigned char>(decoded[at + 1]) >= 0xA0) return true;
  }
  return false;
}

/// What becomes of values that are not Unicode or beyond all range.
enum class Damage {
  refused,
  taken,  ///< none is in the bytes, but escapes may hold some
  found
};

/// Turns RapidJSON's events, which know no positions, into ours.
class Events {
 public:
  Events(Stream& stream, Damage damage, const Limits& limits, Handler& handler)
      : stream_(stream), damage_(damage), limits_(limits), handler_(handler) {}

  const std::optional<Problem>& problem() const { return problem_; }

  bool StartObject() {
    if (!enter()) return false;
    handler_.begin_object(bracket());
    return true;
  }
  bool StartArray() {
    if (!enter()) return false;
    handler_.begin_array(bracket());
    return true;
  }
  bool EndObject(rj::SizeType /*members*/) {
    --depth_;
    handler_.end_object(bracket());
    return true;
  }
  bool EndArray(rj::SizeType /*elements*/) {
    --depth_;
    handler_.end_array(bracket());
    return true;
  }
  bool Key(const char* text, rj::SizeType length, bool /*copy*/) {
    if (!check_string({text, length})) return false;
    handler_.key({text, length}, token());
    return true;
  }
  bool String(const char* text, rj::SizeType length, bool /*copy*/) {
    if (!check_string({text, length})) return false;
    return scalar(Scalar::Kind::string, {text, length}, is_damaged({text, length}));
  }
  bool RawNumber(const char* text, rj::SizeType length, bool /*copy*/) {
    if (stream_.has_zero_token()) return scalar(Scalar::Kind::number, "0");
    if (is_beyond_1e308({text, length})) return fail("number beyond +-1e308");
    return scalar(Scalar::Kind::number, {text, length}, stream_.has_mended_token());
  }
  bool Null() { return scalar(Scalar::Kind::null, "null"); }
  bool Bool(bool value) { return scalar(Scalar::Kind::boolean, value ? "true" : "false"); }

  // Never called: kParseNumbersAsStringsFlag.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }

 private:
  /// At a bracket RapidJSON calls before it takes the character, at any other token after it.
  Span bracket() const { return {stream_.token_begin(), stream_.token_begin() + 1}; }
  Span token() const { return {stream_.token_begin(), stream_.Tell()}; }

  bool enter() {
    if (depth_ == limits_.max_depth) {
      return fail("nested deeper than " + std::to_string(limits_.max_depth) + " levels");
    }
    ++depth_;
    return true;
  }

  bool has_escapes(std::string_view decoded) const {
    const Span span = token();
    return span.end - span.begin != decoded.size() + 2;
  }

  bool is_damaged(std::string_view decoded) const {
    if (damage_ == Damage::refused) return false;
    const bool may_be = damage_ == Damage::found || has_escapes(decoded);
    return may_be && !is_valid_utf8(decoded);
  }

  bool check_string(std::string_view decoded) {
    if (stream_.takes_half_pairs() || damage_ != Damage::refused || !has_escapes(decoded) ||
        !has_lone_surrogate(decoded))
      return true;
    return fail("\\u escape is half of a surrogate pair");
  }

  bool scalar(Scalar::Kind kind, std::string_view text, bool damaged = false) {
    handler_.scalar(Scalar{kind, text, damaged || stream_.has_half_pair()}, token());
    return true;
  }

  bool fail(std::string message) {
    problem_ = Problem{std::move(message), stream_.token_begin()};
    return false;
  }

  Stream& stream_;
  Damage damage_;
  const Limits& limits_;
  unsigned depth_ = 0;
  Handler& handler_;
  std::optional<Problem> problem_;
};

const char* message_of(rj::ParseErrorCode code) {
  switch (code) {
    case rj::kParseErrorDocumentEmpty:
      return "no value";
    case rj::kParseErrorDocumentRootNotSingular:
      return "something follows the end of the value";
    case rj::kParseErrorObjectMissName:
      return "expected a member name in double quotes";
    case rj::kParseErrorObjectMissColon:
      return "expected ':'";
    case rj::kParseErrorObjectMissCommaOrCurlyBracket:
      return "expected ',' or '}'";
    case rj::kParseErrorArrayMissCommaOrSquareBracket:
      return "expected ',' or ']'";
    case rj::kParseErrorStringUnicodeEscapeInvalidHex:
      return "\\u needs four hex digits";
    case rj::kParseErrorStringUnicodeSurrogateInvalid:
      return "\\u escape is half of a surrogate pair";
    case rj::kParseErrorStringEscapeInvalid:
      return "invalid escape or raw control character in a string";
    case rj::kParseErrorStringMissQuotationMark:
      return "string without its closing quote";
    case rj::kParseErrorNumberTooBig:
      return "number beyond +-1e308";
    case rj::kParseErrorNumberMissFraction:
    case rj::kParseErrorNumberMissExponent:
      return "expected a digit";
    default:
      return "expected a value";
  }
}

/// What must hold for all bytes, wherever they stand.
std::optional<Problem> check_bytes(const std::string& text, const Limits& limits) {
  if (text.size() > limits.max_bytes) {
    return Problem{"larger than " + std::to_string(limits.max_bytes) + " bytes", limits.max_bytes};
  }
  if (text.compare(0, 3, "\xEF\xBB\xBF") == 0) return Problem{"byte order mark", 0};
  return std::nullopt;
}

/// `stream` is over `text`.
std::optional<Problem> parse(const std::string& text, Stream stream, Damage damage,
                             const Limits& limits, Handler& handler) {
  Events events(stream, damage, limits, handler);
  ThrowingAllocator allocator;
  rj::GenericReader<rj::UTF8<>, rj::UTF8<>, ThrowingAllocator> reader(&allocator);
  const rj::ParseResult result = reader.Parse<kFlags>(stream, events);

  if (stream.stopped_at_long_number()) {
    return Problem{
        "number of more than " + std::to_string(Stream::kMaxNumberLength) + " characters",
        stream.token_begin()};
  }
  if (events.problem()) return events.problem();
  // RapidJSON takes any NUL for the end, and behind a whole value says nothing.
  const std::size_t stopped_at = result.IsError() ? result.Offset() : stream.Tell();
  if (stopped_at < text.size() && text[stopped_at] == '\0') return Problem{"NUL byte", stopped_at};
  if (result.IsError()) {
    if (result.Code() == rj::kParseErrorValueInvalid) {
      std::string word = explain_word(text, stream.token_begin());
      if (!word.empty()) return Problem{std::move(word), stream.token_begin()};
    }
    const std::size_t at = result.Offset();
    const std::string ends = at >= text.size() ? "the text ends too early: " : "";
    return Problem{ends + message_of(result.Code()) + explain_place(text, at), at};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Problem> read(const std::string& text, const Limits& limits, Handler& handler) {
  if (auto problem = check_bytes(text, limits)) return problem;
  if (const std::size_t at = find_invalid_utf8(text); at != std::string_view::npos)
    return Problem{"not valid UTF-8", at};
  return parse(text, Stream(text, limits.takes_half_pairs), Damage::refused, limits, handler);
}

std::optional<Problem> read_damaged(std::string text, const Limits& limits, Handler& handler) {
  if (auto problem = check_bytes(text, limits)) return problem;
  mend_surrogates(text);
  const Damage damage = is_valid_utf8(text) ? Damage::taken : Damage::found;
  return parse(text, Stream::mending(text), damage, limits, handler);
}

std::string decode_string(std::string_view token) {
  class Value : public Handler {
   public:
    std::string text;
    void begin_object(Span) override {}
    void key(std::string_view, Span) override {}
    void end_object(Span) override {}
    void begin_array(Span) override {}
    void end_array(Span) override {}
    void scalar(const Scalar& value, Span) override { text = value.text; }
  };
  Value value;
  read(std::string(token), Limits{token.size(), 0, true}, value);
  return value.text;
}

}  // namespace stage3::json
