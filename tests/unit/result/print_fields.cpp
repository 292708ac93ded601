// What tests/tools/test_fields.py compares: a line for each field of a result, `name in_c recorded`
// (`-`: not recorded), then `stage3: ` with the members that a state file has.

#include <iostream>

#include "result/fields.hpp"
#include "state/fields.hpp"

int main() {
  for (const stage3::result::Field& field : stage3::result::fields())
    std::cout << field.name << ' ' << field.in_c << ' '
              << (field.recorded == nullptr ? "-" : field.recorded) << '\n';
  std::cout << "stage3:";
  for (const stage3::state::Field& field : stage3::state::fields())
    std::cout << ' ' << field.name;
  std::cout << '\n';
}
