// Status lines, and what comes in front of them.

#include <string>
#include <string_view>

#include "oddities.hpp"

namespace answers {

namespace {

// # stands for the status.
constexpr std::string_view kOdd[] = {
    "HTTP/1.1  # Odd",
    "HTTP/1.1\t# Odd",
    "HTTP/1.1 #\tOdd",
    "HTTP/1.1 0# Odd",
    "HTTP/2 00# Odd",
    "HTTP/2 # Odd",
    "HTTP/2.0 # Odd",
    "HTTP/3 # Odd",
    "HTTP/1.2 # Odd",
    "HTTP/0.9 # Odd",
    "HTTP/1 # Odd",
    "HTTP/1.10 # Odd",
    "HTTP/01.1 # Odd",
    "HTTP/11 # Odd",
    "http/1.1 # Odd",
    "HTTP /1.1 # Odd",
    "HTTP/ 1.1 # Odd",
    "HTTP/1. 1 # Odd",
    "HTTP/1.1 +# Odd",
    "HTTP/1.1 -# Odd",
    "HTTP/1.1 #0 Odd",
    "HTTP/1.1 #abc",
    "HTTP/1.1 #: Odd",
    "HTTP/1.1 #.0 Odd",
    "HTTP/1.1 0x191 Odd",
    "HTTP/1.1 40 1 Odd",
    "HTTP/1.1 4",
    "HTTP/1.1 ",
    "HTTP/1.1",
    "HTTP/",
    "HTTP",
    " HTTP/1.1 # Odd",
    "\tHTTP/1.1 # Odd",
    "ICY # Odd",
    "RTSP/1.0 # Odd",
    "SIP/2.0 # Odd",
    "HTTP/1.1 # HTTP/1.1 200 Odd",
    "HTTP/1.1 #\rHTTP/1.1 200 Odd",
    "HTTP/1.1 999 Odd",
    "HTTP/1.1 000 Odd",
    "HTTP/1.1 099 Odd",
    "HTTP/1.1 1000 Odd",
    "x HTTP/1.1 # Odd",
    "HTTP/1.1 99999999999999999999 Odd",
    "HTTP/1.1 \xd9\xa4\xd9\xa0\xd9\xa1 Odd",
    "",
};

std::string with_status(std::string_view form, int status) {
  std::string out;
  for (const char c : form)
    out += c == '#' ? std::to_string(status) : std::string(1, c);
  return out;
}

void odd_line(Answer& answer, Surroundings& around) {
  answer.become(Head::odd);
  answer.lines.front().text = with_status(around.dice.of(kOdd), answer.status);
}

void odd_reason(Answer& answer, Surroundings& around) {
  answer.become(Head::odd);
  const std::string reasons[] = {"",
                                 " ",
                                 std::string(1, '\0'),
                                 std::string(9000, 'r'),
                                 "\x1b[2J",
                                 "\xff\xfe",
                                 "a\tb",
                                 "a\rb",
                                 "a: b",
                                 "HTTP/1.1 200 OK",
                                 "\v\f",
                                 "401 401 401"};
  answer.lines.front().text =
      "HTTP/1.1 " + std::to_string(answer.status) + " " + around.dice.of(reasons);
}

void plain_variant(Answer& answer, Surroundings& around) {
  const std::string status = std::to_string(answer.status);
  const std::string lines[] = {"HTTP/1.0 " + status + " Answer", "HTTP/1.1 " + status,
                               "HTTP/1.1 " + status + " ", "HTTP/1.1 " + status + " Not 200"};
  answer.lines.front().text = around.dice.of(lines);
}

void other_status(Answer& answer, Surroundings& around) {
  const int statuses[] = {200, 201, 204, 205, 206, 300, 301, 302, 304, 307, 400, 401, 401, 401,
                          403, 404, 407, 416, 417, 421, 426, 429, 431, 500, 502, 503, 504, 511};
  answer.status = around.dice.of(statuses);
  answer.lines.front().text = status_line(answer.status);
  if (answer.status / 100 == 3)
    answer.add_field("Location: http://" + around.trap + "/rpc/Shelly.GetDeviceInfo");
  if (answer.status == 407)
    answer.add_field("Proxy-Authenticate: Digest qop=\"auth\", realm=\"" +
                     around.challenger.realm() + "\", nonce=\"" +
                     around.challenger.next_nonce(answer, false) + "\", algorithm=SHA-256");
}

void interim(Answer& answer, Surroundings& around) {
  constexpr const char* kInterims[] = {
      "HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 102 Processing\r\nX: y\r\n\r\n",
      "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n", "HTTP/1.1 199 X\r\n\r\n"};
  const std::size_t count = 1 + around.dice.below(5);
  for (std::size_t i = 0; i < count; ++i)
    answer.before += around.dice.of(kInterims);
}

void odd_interim(Answer& answer, Surroundings& around) {
  constexpr const char* kInterims[] = {
      "HTTP/1.1 100 Continue\n\n",
      "HTTP/1.1 100 Continue\r\n",
      "HTTP/1.1 101 Switching\r\n\r\n",
      "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n",
      "\r\n",
      "\r\n\r\n",
      "HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\n",
      "HTTP/1.1 100 Continue\r\n X: y\r\n\r\n",
      "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n",
      "HTTP/1.1 1\r\n\r\n",
      " ",
      "\n",
      "garbage\r\n",
      "HTTP/1.1 100 Continue\r\nHTTP/1.1 401 X: y\r\n\r\n",
      "\xef\xbb\xbf"};
  answer.become(Head::odd);
  answer.is_murky = true;
  answer.before += around.dice.of(kInterims);
}

/// What asks for a login there asks for none.
void interim_challenge(Answer& answer, Surroundings& around) {
  const int statuses[] = {100, 102, 103};
  const std::string field =
      around.challenger.wrong(answer, around.dice.below(Challenger::wrong_count()));
  Answer interim;
  around.challenger.add_good(interim = make_answer(100, {}));
  answer.challenges.push_back({interim.challenges.front().nonce, false, false});
  const std::string good = interim.lines[interim.lines.size() - 2].text;
  answer.before += status_line(around.dice.of(statuses)) + "\r\n" +
                   (around.dice.percent(50) ? good : field) + "\r\n\r\n";
}

}  // namespace

OddityList odd_status_lines() {
  return {odd_line,     odd_line, odd_reason,  plain_variant,    other_status,
          other_status, interim,  odd_interim, interim_challenge};
}

}  // namespace answers
