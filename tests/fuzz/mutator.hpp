#pragma once

#include <random>
#include <string>
#include <vector>

namespace stage3::fuzz {

/// Makes inputs out of others, the same ones on every machine.
class Mutator {
 public:
  /// `corpus` must not be empty.
  Mutator(std::vector<std::string> corpus, std::vector<std::string> words)
      : corpus_(std::move(corpus)), words_(std::move(words)) {}

  /// One of the corpus with a few changes.
  std::string next();

 private:
  std::size_t below(std::size_t bound) { return random_() % bound; }
  std::size_t place_in(const std::string& text) { return below(text.size() + 1); }
  void change(std::string& text);

  std::vector<std::string> corpus_;
  std::vector<std::string> words_;
  std::mt19937_64 random_{20261123};
};

}  // namespace stage3::fuzz
