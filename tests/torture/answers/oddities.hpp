#pragma once

#include <string>
#include <vector>

#include "answer.hpp"
#include "challenges.hpp"
#include "dice.hpp"

namespace answers {

/// What an oddity is made of besides the answer.
struct Surroundings {
  Dice& dice;
  Challenger& challenger;
  std::string trap;  ///< where redirects lead
};

/// Makes an answer odd in one way, and notes in it how it must be taken from now on.
using Oddity = void (*)(Answer&, Surroundings&);
using OddityList = std::vector<Oddity>;

// Each in the file of its name.
OddityList odd_status_lines();
OddityList odd_heads();
OddityList odd_challenges();
OddityList odd_bodies();
OddityList odd_ends();

/// Makes an answer odd in one to three random ways.
void make_odd(Answer& answer, Surroundings& surroundings);

}  // namespace answers
