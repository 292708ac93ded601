#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "answer.hpp"
#include "challenges.hpp"

namespace answers {

/// A kind of attack that has a name, in so many variants; each is done to every call.
struct Attack {
  std::string_view name;
  std::size_t variants;
  /// Turns the answer that is due into the attack.
  void (*strike)(Answer& due, Challenger& challenger, std::size_t variant);
};

const std::vector<Attack>& attacks();

}  // namespace answers
