// What tests/tools/test_errors.py compares with the code and the documentation: a line for each row
// of the table of errors, `id<TAB>meaning<TAB>advice` in English, then meaning and advice in
// German.

#include <iostream>

#include <stage3/error_info.hpp>

int main() {
  for (const stage3::ErrorInfo& info : stage3::error_infos()) {
    std::cout << info.id;
    for (const auto language : {stage3::Language::en, stage3::Language::de}) {
      const auto index = static_cast<std::size_t>(language);
      std::cout << '\t' << info.meaning[index] << '\t' << info.advice[index];
    }
    std::cout << '\n';
  }
}
