#include <doctest/doctest.h>

#include <sstream>
#include <string>

#include <stage3/config.hpp>

#include "config/keys.hpp"

namespace {

using stage3::Config;

TEST_CASE("default_file: read again it is a default configuration, key by key") {
  const Config read = Config::parse(Config::default_file(), "config.yaml");
  const Config defaults;
  for (const std::string& key : Config::keys())
    CHECK_MESSAGE(read.get(key) == defaults.get(key), key);
}

/// The line in which a key stands, without what is in front of it.
std::string line_of(const std::string& name) {
  return name.substr(name.find('.') + 1) + ": ";
}

TEST_CASE(
    "default_file: each key stands in it, with its meaning and its range, in lines that fit") {
  std::istringstream file(Config::default_file());
  std::string line;
  std::string comments;
  const stage3::config::Key* key = stage3::config::all_keys().begin();
  while (std::getline(file, line)) {
    CHECK_MESSAGE(line.size() <= 100, line);
    const std::string text = line.substr(std::min(line.find_first_not_of(' '), line.size()));
    if (text.substr(0, 2) == "# ") comments += text.substr(1);
    if (key == stage3::config::all_keys().end() ||
        text.rfind(line_of(std::string(key->name)), 0) != 0)
      continue;
    CHECK(comments.find(' ' + std::string(key->help) + " Value: " + key->expects()) !=
          std::string::npos);
    comments.clear();
    ++key;
  }
  CHECK(key == stage3::config::all_keys().end());
}

TEST_CASE("default_file: a value that is changed in it counts") {
  std::string text = Config::default_file();
  text.replace(text.find("mode: check_only"), 16, "mode: check_and_update");
  CHECK(Config::parse(text, "config.yaml").ota.mode == stage3::OtaMode::check_and_update);
}

}  // namespace
