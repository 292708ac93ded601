// Prints each line of its input as canonical() has it, for test_canonical.py.

#include <iostream>
#include <stage3/text.hpp>
#include <string>

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);)
    std::cout << stage3::canonical(line) << '\n';
}
