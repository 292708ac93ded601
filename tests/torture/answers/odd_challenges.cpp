// Which logins are asked for, and where in an answer.

#include "oddities.hpp"

namespace answers {

namespace {

void challenge(Answer& answer) {
  answer.status = 401;
  answer.lines.front().text = status_line(401);
}

void wrong(Answer& answer, Surroundings& around) {
  challenge(answer);
  answer.drop_field("WWW-Authenticate");
  around.challenger.add_wrong(answer, around.dice);
}

void wrong_besides(Answer& answer, Surroundings& around) {
  challenge(answer);
  answer.become(Head::odd);
  around.challenger.add_wrong(answer, around.dice);
}

void wrong_without_401(Answer& answer, Surroundings& around) {
  around.challenger.add_wrong(answer, around.dice);
  if (answer.status == 401) answer.become(Head::odd);
}

void several(Answer& answer, Surroundings& around) {
  challenge(answer);
  answer.become(Head::odd);
  around.challenger.add_good(answer);
  for (std::size_t i = 1 + around.dice.below(3); i > 0; --i)
    around.challenger.add_wrong(answer, around.dice);
  if (around.dice.percent(30)) around.challenger.add_good(answer);
}

void spelled(Answer& answer, Surroundings& around) {
  challenge(answer);
  answer.drop_field("WWW-Authenticate");
  around.challenger.add_spelled(answer, around.dice);
}

void good(Answer& answer, Surroundings& around) {
  challenge(answer);
  answer.drop_field("WWW-Authenticate");
  around.challenger.add_good(answer);
}

void stale(Answer& answer, Surroundings& around) {
  challenge(answer);
  answer.drop_field("WWW-Authenticate");
  around.challenger.add_good(answer, true);
}

void none(Answer& answer, Surroundings&) {
  challenge(answer);
  answer.drop_field("WWW-Authenticate");
}

}  // namespace

OddityList odd_challenges() {
  return {wrong,   wrong,   wrong, wrong_besides, wrong_without_401,
          several, spelled, good,  stale,         none};
}

}  // namespace answers
