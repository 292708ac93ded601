// Where an answer ends, and in how many packets it comes.

#include <algorithm>

#include "oddities.hpp"

namespace answers {

namespace {

void cut(Answer& answer, Surroundings& around) {
  answer.cut = around.dice.next();
  if (around.dice.percent(30)) answer.end = Script::End::reset;
}

/// Until the client has no more patience, which takes time: seldom.
void cut_and_held(Answer& answer, Surroundings& around) {
  answer.cut = around.dice.next();
  if (around.dice.percent(20)) answer.end = Script::End::hold;
}

void split(Answer& answer, Surroundings& around) {
  const std::size_t size = answer.head_size() + answer.body.size();
  for (std::size_t i = 1 + around.dice.below(6); i > 0; --i)
    answer.splits.push_back(around.dice.below(size + 1));
}

/// Right before, within and behind each end of a line.
void split_at_lines(Answer& answer, Surroundings& around) {
  std::size_t at = answer.before.size();
  for (const Line& line : answer.lines) {
    at += line.text.size();
    answer.splits.push_back(at + around.dice.below(3));
    at += line.end.size();
    if (answer.splits.size() > 100) break;
  }
}

void split_everywhere(Answer& answer, Surroundings&) {
  constexpr std::size_t kMost = 400;
  const std::size_t size = std::min(answer.head_size() + answer.body.size(), kMost);
  for (std::size_t at = 1; at < size; ++at)
    answer.splits.push_back(at);
  answer.pause = 0.0002;
}

void reset(Answer& answer, Surroundings&) {
  answer.end = Script::End::reset;
}

}  // namespace

OddityList odd_ends() {
  return {cut, cut, cut_and_held, split, split_at_lines, split_everywhere, reset};
}

}  // namespace answers
