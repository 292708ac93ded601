#pragma once

#include <stdlib.h>

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <doctest/doctest.h>
#include <stage3/config.hpp>
#include <stage3/device.hpp>

#include "world.hpp"

namespace stage3::nights {

inline std::string mac_of(unsigned index) {
  char text[16];
  std::snprintf(text, sizeof text, "02%010X", index);
  return text;
}

inline Device device(unsigned index) {
  Device out;
  out.key = mac_of(index);
  out.mac = *Mac::parse(out.key);
  out.address =
      *Address::parse("10." + std::to_string(index >> 16 & 255) + "." +
                      std::to_string(index >> 8 & 255) + "." + std::to_string(index & 255));
  return out;
}

inline std::vector<Device> fleet(unsigned count) {
  std::vector<Device> out;
  for (unsigned i = 0; i < count; ++i)
    out.push_back(device(i));
  return out;
}

/// A state file of so many entries, each with `members`, in a directory of its own.
class StateFile {
 public:
  StateFile(unsigned count, const std::string& members) {
    char pattern[] = "/tmp/stage3-nights-XXXXXX";
    REQUIRE(::mkdtemp(pattern) != nullptr);
    directory_ = pattern;
    std::ofstream file(path());
    for (unsigned i = 0; i < count; ++i)
      file << (i == 0 ? "{\n" : ",\n") << '"' << mac_of(i) << R"(": {"ip": ")"
           << device(i).address.to_string() << '"' << members << '}';
    file << "\n}\n";
  }
  ~StateFile() { std::filesystem::remove_all(directory_); }
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  std::string path() const { return directory_ + "/ip_state.json"; }

  /// How often the file has this text.
  std::size_t count(const std::string& text) const {
    std::ifstream file(path());
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    std::size_t count = 0;
    for (std::size_t at = 0; (at = bytes.find(text, at)) != std::string::npos; ++at)
      ++count;
    return count;
  }

 private:
  std::string directory_;
};

/// No limits but those that a test sets.
inline Config unlimited() {
  Config config;
  config.network.connect_rate = 0;
  config.ota.rate = 0;
  return config;
}

}  // namespace stage3::nights
