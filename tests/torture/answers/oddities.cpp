#include "oddities.hpp"

namespace answers {

namespace {

const std::vector<OddityList>& families() {
  static const std::vector<OddityList> all = {odd_status_lines(), odd_heads(), odd_challenges(),
                                              odd_bodies(), odd_ends()};
  return all;
}

}  // namespace

void make_odd(Answer& answer, Surroundings& around) {
  for (std::size_t count = 1 + around.dice.below(3); count > 0; --count) {
    const OddityList& family = families()[around.dice.below(families().size())];
    family[around.dice.below(family.size())](answer, around);
  }
}

}  // namespace answers
