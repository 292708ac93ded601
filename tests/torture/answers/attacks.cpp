// What was found to do harm once, and all that is like it. tests/torture/README.md tells of each.

#include "attacks.hpp"

#include <iterator>

namespace answers {

namespace {

constexpr std::size_t kTooMuch = 48 * 1024;

void become_challenge(Answer& answer) {
  answer.status = 401;
  answer.lines.front().text = status_line(401);
  answer.drop_field("WWW-Authenticate");
}

/// Right behind the status line: nothing comes between it and what follows.
void add_first(Answer& answer, const std::string& text) {
  answer.lines.insert(answer.lines.begin() + 1, {text});
}

/// A head whose first field begins with a blank: it continues a field that there is none of.
/// libcurl 7.88.1 takes that of the last answer which the handle has seen, and that is freed.
void folded_first(Answer& answer, Challenger&, std::size_t variant) {
  const std::string blanks[] = {" ", "\t", "   ", " \t ", std::string(600, ' ')};
  const std::string fields[] = {"X: y", "X:", ": y", "Content-Length: 2",
                                "X: " + std::string(5000, 'y')};
  answer.become(Head::odd);
  add_first(answer, blanks[variant % std::size(blanks)] +
                        fields[variant / std::size(blanks) % std::size(fields)]);
}

/// The lines that a head breaks off at, behind a challenge.
void break_off(Answer& answer, std::size_t variant) {
  answer.become(Head::broken);
  switch (variant) {
    case 0:
      return answer.add_field("no colon");
    case 1:
      return answer.add_field(std::string("X: a\0b", 6));
    case 2:
      for (std::size_t sum = 0; sum < kTooMuch; sum += 1000)
        answer.add_field("X: " + std::string(1000, 'v'));
      return;
    case 3:
      return answer.add_field("X: " + std::string(kTooMuch, 'v'));
    case 4:
      answer.add_field("X: " + std::string(150'000, 'v'));
      return;
    case 5:
      answer.body.clear();
      answer.lines.pop_back();
      return;
    default:
      answer.body.clear();
      answer.lines.pop_back();
      answer.lines.back().end.clear();
      return;
  }
}
constexpr std::size_t kBreaks = 7;

/// A challenge in a head that never ends is none.
void broken_challenge(Answer& answer, Challenger& challenger, std::size_t variant) {
  become_challenge(answer);
  const std::size_t which = variant / kBreaks;
  if (which < 3)
    add_first(answer, challenger.wrong(answer, which));
  else
    challenger.add_good(answer);
  break_off(answer, variant % kBreaks);
}

// # stands for 401, which some read there, and some do not.
constexpr std::string_view kStatusLines[] = {
    "HTTP/1.1  # Odd",  "HTTP/1.1\t# Odd",   "HTTP/2 00# Odd",    "HTTP/1.1 0# Odd",
    "HTTP/1.1 #\tOdd",  "HTTP/1.1 #: Odd",   "HTTP/1.1 #0 Odd",   "HTTP/2 # Odd",
    "HTTP/3 # Odd",     "HTTP/1.1 +# Odd",   "HTTP/1.0  # Odd",   "HTTP/1.1   # Odd",
    "HTTP/1.1 \t# Odd", "HTTP/1.1 #abc Odd", "HTTP/1.1 000# Odd", "HTTP/2.0 # Odd",
    "HTTP/1.1 -# Odd",  " HTTP/1.1 # Odd",   "http/1.1 # Odd",    "HTTP/1.1 200 HTTP/1.1 # Odd",
    "HTTP/1.2 # Odd",   "HTTP/ # Odd",
};

/// A status that two readers read differently.
void odd_status(Answer& answer, Challenger& challenger, std::size_t variant) {
  become_challenge(answer);
  answer.become(Head::odd);
  std::string line(kStatusLines[variant % std::size(kStatusLines)]);
  line.replace(line.rfind('#'), 1, "401");
  answer.lines.front().text = line;
  const std::size_t which = variant / std::size(kStatusLines);
  if (which < 2)
    add_first(answer, challenger.wrong(answer, which));
  else
    challenger.add_good(answer);
}

constexpr std::string_view kSecond[] = {
    "HTTP/x: 200", "HTTP/1.1 200: OK", "HTTP/1.1: 200",      "HTTP/: 200",
    "HTTP/2: 401", "HTTP/1.1 401: OK", "HTTP/1.1 200 OK: x", "HTTP/x y z 200: ",
};

/// A field that looks like another status line, before a challenge or behind it.
void second_status(Answer& answer, Challenger& challenger, std::size_t variant) {
  become_challenge(answer);
  const std::string second(kSecond[variant % std::size(kSecond)]);
  const std::size_t which = variant / std::size(kSecond);
  if (which == 0)
    add_first(answer, challenger.wrong(answer, 0));
  else
    challenger.add_good(answer);
  if (which == 1)
    answer.add_field(second);
  else
    add_first(answer, second);
}

/// Bodies that do not come to their end, behind a head that did.
void break_body(Answer& answer, std::size_t variant) {
  answer.is_body_odd = true;
  answer.body = "{}";
  answer.drop_field("Content-Length");
  const auto chunks = [&answer](const std::string& body) {
    answer.add_field("Transfer-Encoding: chunked");
    answer.body = body;
  };
  switch (variant) {
    case 0:
      return answer.add_field("Content-Length: 3");
    case 1:
      return answer.add_field("Content-Length: 1000000000000");
    case 2:
      return chunks("2\r\n{}\r\n");
    case 3:
      return chunks("8\r\n{}");
    case 4:
      return chunks("no number\r\n{}\r\n0\r\n\r\n");
    case 5:
      return chunks("c350\r\n" + std::string(50'000, ' ') + "\r\n0\r\n\r\n");
    default:
      answer.body = std::string(50'000, ' ');
      return answer.add_field("Content-Length: 50000");
  }
}
constexpr std::size_t kBrokenBodies = 7;

/// A login is refused in a whole head, whatever becomes of the body behind it.
void cut_refusal(Answer& answer, Challenger& challenger, std::size_t variant) {
  become_challenge(answer);
  const std::size_t which = variant / kBrokenBodies;
  if (which == 1) challenger.add_good(answer);
  if (which == 2) add_first(answer, challenger.wrong(answer, 0));
  break_body(answer, variant % kBrokenBodies);
}

}  // namespace

const std::vector<Attack>& attacks() {
  static const std::vector<Attack> all = {
      {"folded-first", 25, folded_first},
      {"broken-challenge", 4 * kBreaks, broken_challenge},
      {"odd-status", 3 * std::size(kStatusLines), odd_status},
      {"second-status", 3 * std::size(kSecond), second_status},
      {"cut-refusal", 3 * kBrokenBodies, cut_refusal},
  };
  return all;
}

}  // namespace answers
