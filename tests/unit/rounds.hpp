#pragma once

#include <cstdlib>

/// How many rounds a test plays that is random: a twentieth where it runs under valgrind
/// (tests/meson.build), which takes some fifty times as long.
inline int rounds(int number) {
  return std::getenv("STAGE3_FEW_ROUNDS") == nullptr ? number : number / 20;
}
