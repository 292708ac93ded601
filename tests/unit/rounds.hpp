#pragma once

#include <algorithm>
#include <cstdlib>

/// By how much a test that plays many rounds, or goes through many cases, is cut short: under
/// valgrind (tests/meson.build), where each takes some fifty times as long, and under
/// AddressSanitizer. Both look for what any round would show them; the plain build plays all.
inline int cut_to_one_in() {
#ifdef STAGE3_UNDER_ASAN
  return 10;
#else
  return std::getenv("STAGE3_FEW_ROUNDS") == nullptr ? 1 : 40;
#endif
}

/// How many rounds a test plays that is random: the first of the same ones.
inline int rounds(int number) {
  return number / cut_to_one_in();
}

/// Whether a case of those that a test goes through is not left out: all, or every third.
inline bool takes_case(unsigned number) {
  return number % static_cast<unsigned>(std::min(cut_to_one_in(), 3)) == 0;
}
