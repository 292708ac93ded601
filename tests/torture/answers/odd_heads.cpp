// Fields, their ends, and the end of them all.

#include <string>

#include "oddities.hpp"

namespace answers {

namespace {

/// Beyond any bound that one may set.
constexpr std::size_t kFarTooMuch = 48 * 1024;

std::size_t any_line(Answer& answer, Surroundings& around) {
  return around.dice.below(answer.lines.size());
}

void insert(Answer& answer, Surroundings& around, const std::string& text,
            std::size_t at_least = 1) {
  const std::size_t place = at_least + around.dice.below(answer.lines.size() - at_least);
  answer.lines.insert(answer.lines.begin() + static_cast<std::ptrdiff_t>(place), {text});
}

void murky(Answer& answer) {
  answer.become(Head::odd);
  answer.is_murky = true;
}

void odd_line_end(Answer& answer, Surroundings& around) {
  constexpr const char* kEnds[] = {"\n", "\r", "", "\r\r\n", "\n\r", " \r\n", "\t\r\n", "\n\n"};
  murky(answer);
  answer.lines[any_line(answer, around)].end = around.dice.of(kEnds);
}

void odd_line_ends(Answer& answer, Surroundings& around) {
  constexpr const char* kEnds[] = {"\n", "\r", "\r\r\n", " \n"};
  murky(answer);
  const char* const end = around.dice.of(kEnds);
  for (Line& line : answer.lines)
    line.end = end;
}

void odd_end_of_head(Answer& answer, Surroundings& around) {
  constexpr const char* kEnds[] = {"",         "\n",    "\r",     "\r\r\n",
                                   "\r\n\r\n", " \r\n", "\n\r\n", "\t\r\n\r\n"};
  murky(answer);
  answer.lines.back().end = around.dice.of(kEnds);
}

void no_end_of_head(Answer& answer, Surroundings&) {
  answer.become(Head::broken);
  answer.lines.back().end.clear();
  answer.body.clear();
}

void early_end_of_head(Answer& answer, Surroundings& around) {
  murky(answer);
  insert(answer, around, "");
}

void folded(Answer& answer, Surroundings& around) {
  constexpr const char* kBlanks[] = {" ", "\t", "  ", " \t ", "        "};
  murky(answer);
  std::string& text = answer.lines[any_line(answer, around)].text;
  text.insert(around.dice.below(text.size() + 1), std::string("\r\n") + around.dice.of(kBlanks));
}

void folded_first(Answer& answer, Surroundings& around) {
  const std::string lines[] = {
      " X: y", "\tX: y", " ", "\t", "  x", " \t : ", " " + std::string(3000, 'x')};
  answer.become(Head::odd);
  answer.lines.insert(answer.lines.begin() + 1, {around.dice.of(lines)});
}

void no_field(Answer& answer, Surroundings& around) {
  constexpr const char* kLines[] = {"nonsense",        "x",  "{}", "WWW-Authenticate",
                                    "HTTP/1.1 200 OK", "401"};
  answer.become(Head::broken);
  insert(answer, around, around.dice.of(kLines));
}

void odd_field(Answer& answer, Surroundings& around) {
  constexpr const char* kFields[] = {": x",
                                     " : x",
                                     "X : y",
                                     "X:",
                                     "X:y",
                                     "X\t: y",
                                     "X: \t ",
                                     "HTTP/x: 200",
                                     "HTTP/1.1 200: OK",
                                     "HTTP/1.1 401 : x",
                                     "http/1.1 401: x",
                                     "HTTP/: 401",
                                     "\x80: \xff",
                                     "X\x01: y",
                                     "X: \x1b[31m",
                                     "(X): y",
                                     "X: \v\f\b"};
  answer.become(Head::odd);
  insert(answer, around, around.dice.of(kFields));
}

void telling_field(Answer& answer, Surroundings& around) {
  constexpr const char* kFields[] = {"Set-Cookie: a=b",
                                     "Refresh: 0; url=http://127.0.0.1/",
                                     "Alt-Svc: h2=\":1\"",
                                     "Retry-After: 1",
                                     "Retry-After: -1",
                                     "Strict-Transport-Security: max-age=31536000",
                                     "Authentication-Info: nextnonce=\"x\"",
                                     "Vary: *",
                                     "Content-Type: text/html",
                                     "Last-Modified: x",
                                     "Connection: keep-alive",
                                     "Keep-Alive: timeout=0",
                                     "Content-Range: bytes 5-9/20",
                                     "Accept-Ranges: bytes",
                                     "Upgrade: h2c",
                                     "X-Empty:"};
  insert(answer, around, around.dice.of(kFields));
}

void redirect(Answer& answer, Surroundings& around) {
  insert(answer, around, "Location: http://" + around.trap + "/");
}

void nul(Answer& answer, Surroundings& around) {
  answer.become(Head::broken);
  insert(answer, around, std::string("X: a\0b", 6));
}

void repeated(Answer& answer, Surroundings& around) {
  answer.become(Head::odd);
  const std::size_t fields = answer.lines.size() - 2;
  if (fields > 0) insert(answer, around, answer.lines[1 + around.dice.below(fields)].text);
}

void many_fields(Answer& answer, Surroundings& around) {
  for (std::size_t i = 10 + around.dice.below(30); i > 0; --i)
    answer.add_field("X-" + std::to_string(i) + ": " + std::string(around.dice.below(60), 'v'));
}

void too_many_fields(Answer& answer, Surroundings& around) {
  answer.become(Head::broken);
  const std::size_t size = 10 + around.dice.below(2000);
  for (std::size_t sum = 0; sum < kFarTooMuch; sum += size)
    answer.add_field("X: " + std::string(size, 'v'));
}

void too_long_field(Answer& answer, Surroundings& around) {
  answer.become(Head::broken);
  const std::size_t sizes[] = {kFarTooMuch, 2 * kFarTooMuch + 8000, 4 * kFarTooMuch};
  insert(answer, around, "X: " + std::string(around.dice.of(sizes), 'v'));
}

}  // namespace

OddityList odd_heads() {
  return {odd_line_end,      odd_line_ends, odd_end_of_head, no_end_of_head,
          early_end_of_head, folded,        folded,          folded_first,
          no_field,          odd_field,     odd_field,       telling_field,
          redirect,          nul,           repeated,        many_fields,
          too_many_fields,   too_long_field};
}

}  // namespace answers
