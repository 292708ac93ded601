#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace stage3::fuzz {

struct CorpusError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The files of a directory in the order of their names. Throws CorpusError where there is none.
std::vector<std::string> read_corpus(const std::string& directory);

/// The words of a dictionary as libFuzzer reads it: `name="word"` a line, with \\, \" and \xAB.
/// Throws CorpusError.
std::vector<std::string> read_dictionary(const std::string& path);

}  // namespace stage3::fuzz
