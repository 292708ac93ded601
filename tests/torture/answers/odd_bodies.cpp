// Bodies, their lengths and their chunks.

#include <cstdio>
#include <string>

#include "oddities.hpp"

namespace answers {

namespace {

void set_length(Answer& answer, const std::string& value) {
  answer.is_body_odd = true;
  answer.drop_field("Content-Length");
  answer.add_field("Content-Length: " + value);
}

void other_length(Answer& answer, Surroundings& around) {
  const std::size_t size = answer.body.size();
  const std::size_t sizes[] = {0,          1,         size / 2,      size + 1,
                               size + 100, 32 * 1024, 32 * 1024 + 1, 1'000'000'000'000};
  set_length(answer, std::to_string(around.dice.of(sizes)));
}

void odd_length(Answer& answer, Surroundings& around) {
  const std::string size = std::to_string(answer.body.size());
  const std::string values[] = {"-1",
                                "+" + size,
                                "0x10",
                                "",
                                " ",
                                size + "x",
                                size + ", " + size,
                                size + ",5",
                                "1e2",
                                "9223372036854775807",
                                "9223372036854775808",
                                "18446744073709551616",
                                "00" + size,
                                size + " 5",
                                "\"" + size + "\"",
                                "99999999999999999999999999"};
  answer.become(Head::odd);
  set_length(answer, around.dice.of(values));
}

void two_lengths(Answer& answer, Surroundings& around) {
  answer.become(Head::odd);
  answer.is_body_odd = true;
  const std::size_t sizes[] = {answer.body.size(), 0, 5, 100'000};
  answer.add_field("Content-Length: " + std::to_string(around.dice.of(sizes)));
}

void no_length(Answer& answer, Surroundings&) {
  answer.is_body_odd = true;
  answer.drop_field("Content-Length");
}

std::string chunked_body(const std::string& body, Dice& dice) {
  std::string out;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t size = 1 + dice.below(body.size() - at);
    char length[20];
    std::snprintf(length, sizeof length, dice.percent(50) ? "%zx" : "%04zX", size);
    out += std::string(length) + (dice.percent(20) ? ";x=y" : "") + "\r\n";
    out += body.substr(at, size) + "\r\n";
    at += size;
  }
  return out + "0\r\n";
}

void chunk(Answer& answer, Surroundings& around, const std::string& end) {
  answer.is_body_odd = true;
  if (around.dice.percent(70)) answer.drop_field("Content-Length");
  answer.add_field("Transfer-Encoding: chunked");
  answer.body = chunked_body(answer.body, around.dice) + end;
}

void chunked(Answer& answer, Surroundings& around) {
  chunk(answer, around, "\r\n");
}

void trailers(Answer& answer, Surroundings& around) {
  constexpr const char* kTrailers[] = {"X: y\r\n\r\n",
                                       " X: y\r\n\r\n",
                                       "HTTP/1.1 401 X\r\n\r\n",
                                       "nonsense\r\n\r\n",
                                       "Content-Length: 5\r\n\r\n",
                                       "HTTP/x: 401\r\n\r\n",
                                       "X: y\n\n",
                                       ""};
  chunk(answer, around, around.dice.of(kTrailers));
}

/// What asks for a login behind the body asks for none.
void challenge_in_trailer(Answer& answer, Surroundings& around) {
  Answer other = make_answer(401, {});
  around.challenger.add_good(other);
  const std::string good = other.lines[other.lines.size() - 2].text;
  const std::string wrong =
      around.challenger.wrong(answer, around.dice.below(Challenger::wrong_count()));
  answer.challenges.push_back({other.challenges.front().nonce, false, false});
  chunk(answer, around, (around.dice.percent(50) ? good : wrong) + "\r\n\r\n");
}

void odd_chunks(Answer& answer, Surroundings& around) {
  const std::string body = answer.body;
  const std::string all[] = {"0\r\n\r\n",
                             "zz\r\n" + body + "\r\n0\r\n\r\n",
                             "-1\r\n" + body + "\r\n0\r\n\r\n",
                             "ffffffffffffffff\r\n" + body,
                             "7fffffffffffffff\r\n" + body,
                             "10000000000000000\r\n" + body,
                             "\r\n" + body,
                             "5\r\n" + body,
                             " 5\r\n" + body,
                             body,
                             "0x5\r\n" + body,
                             "1\n{\n0\n\n",
                             "2\r\n{}0\r\n\r\n",
                             "2\r\n{}\r\n",
                             "2\r\n{}\r\n0",
                             "2 \r\n{}\r\n0\r\n\r\n"};
  constexpr const char* kFields[] = {
      "Transfer-Encoding: chunked",  "Transfer-Encoding: chunked, chunked",
      "Transfer-Encoding: Chunked ", "Transfer-Encoding: gzip, chunked",
      "Transfer-Encoding: identity", "Transfer-Encoding: x",
      "Transfer-Encoding:"};
  answer.become(Head::odd);
  answer.is_body_odd = true;
  if (around.dice.percent(70)) answer.drop_field("Content-Length");
  answer.add_field(around.dice.of(kFields));
  answer.body = around.dice.of(all);
}

void encoded(Answer& answer, Surroundings& around) {
  constexpr const char* kFields[] = {
      "Content-Encoding: gzip", "Content-Encoding: deflate", "Content-Encoding: br",
      "Content-Encoding: x, gzip, gzip, gzip, gzip, gzip, gzip, gzip"};
  answer.add_field(around.dice.of(kFields));
}

void other_body(Answer& answer, Surroundings& around) {
  const std::string bodies[] = {"",
                                "null",
                                "{}",
                                "[]",
                                "true",
                                "5",
                                "{\"code\":-103,\"message\":\"odd\"}",
                                std::string(10'000, '['),
                                std::string(30'000, ' '),
                                std::string(33'000, ' '),
                                "{\"mac\":\"5A5A5A5A5A5A\",\"id\":\"evil\",\"auth_en\":true}",
                                "{\"mac\":null}",
                                "{\"device\":{\"mac\":\"5A5A5A5A5A5A\",\"name\":null}}",
                                "{\"stable\":{}}",
                                "{\"stable\":{\"version\":\"\\u0000\"}}",
                                "\xff\xfe",
                                std::string(100, '\0'),
                                "<html>",
                                "{\"type\":\"SHSW-1\",\"mac\":\"5A5A5A5A5A5A\"}"};
  answer.set_body(around.dice.of(bodies));
}

/// Behind the end of the answer, where a length tells it.
void excess(Answer& answer, Surroundings& around) {
  answer.is_body_odd = true;
  Answer other = make_answer(around.dice.percent(70) ? 401 : 200, "{}");
  around.challenger.add_good(other);
  other.challenges.front().is_good = false;
  around.challenger.add_wrong(other, around.dice);
  answer.challenges.insert(answer.challenges.end(), other.challenges.begin(),
                           other.challenges.end());
  const std::string bytes = render(other).bytes;
  if (around.dice.percent(50))
    answer.body += bytes;
  else
    answer.late = bytes;
}

}  // namespace

OddityList odd_bodies() {
  return {other_length,         odd_length, two_lengths, no_length,  chunked,    trailers,
          challenge_in_trailer, odd_chunks, encoded,     other_body, other_body, excess};
}

}  // namespace answers
