#include "corpus.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace stage3::fuzz {

namespace {

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw CorpusError("cannot read " + path.string());
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string unescaped(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && text.compare(i + 1, 1, "x") == 0) {
      out += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
      i += 3;
    } else {
      if (text[i] == '\\') ++i;
      out += text.at(i);
    }
  }
  return out;
}

}  // namespace

std::vector<std::string> read_corpus(const std::string& directory) {
  std::error_code error;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error))
    if (entry.is_regular_file()) paths.push_back(entry.path());
  if (paths.empty()) throw CorpusError("no inputs in " + directory);
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> out;
  std::transform(paths.begin(), paths.end(), std::back_inserter(out), read_file);
  return out;
}

std::vector<std::string> read_dictionary(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t begin = line.find('"');
    const std::size_t end = line.rfind('"');
    if (end == std::string::npos || begin == end) throw CorpusError(path + ": no word in: " + line);
    out.push_back(unescaped(line.substr(begin + 1, end - begin - 1)));
  }
  if (out.empty()) throw CorpusError("no words in " + path);
  return out;
}

}  // namespace stage3::fuzz
