#include "firmware.hpp"

#include <cstdint>
#include <cstdio>
#include <sstream>
#include <tuple>

#include "chance.hpp"

namespace sim {
namespace {

std::string date_of(const std::string& build_id) {
  const bool has_date = !build_id.empty() && build_id[0] >= '0' && build_id[0] <= '9';
  return has_date ? build_id.substr(0, build_id.find('/')) : "";
}

/// The word that is a "g" and hexadecimal digits, as git describes a commit; empty: there is none.
std::string hash_of(const std::string& build_id) {
  const auto slash = build_id.find('/');
  std::istringstream words(slash == std::string::npos ? build_id : build_id.substr(slash + 1));
  for (std::string word; std::getline(words, word, '-');) {
    const bool is_hash = word.size() > 1 && word[0] == 'g' &&
                         word.find_first_not_of("0123456789abcdef", 1) == std::string::npos;
    if (is_hash) return word;
  }
  return "";
}

bool is_told_alike(const std::string& a, const std::string& b) {
  return !a.empty() && a == b;
}

}  // namespace

bool operator<(const Version& a, const Version& b) {
  return std::tie(a.major, a.minor, a.patch) < std::tie(b.major, b.minor, b.patch);
}

Version parse_version(const std::string& text) {
  Version version;
  std::sscanf(text.c_str(), "%6d.%6d.%6d", &version.major, &version.minor, &version.patch);
  return version;
}

Firmware make_firmware(const std::string& version, const std::string& build_id) {
  Firmware firmware{version, build_id, parse_version(version)};
  if (build_id.empty()) {
    // A later version gets a later date, as in the vendor's builds.
    const Version& number = firmware.number;
    const int months = 33 * number.major + (number.major == 0 ? 2 : 4) * number.minor;
    const int year = 2021 + months / 12;
    const int month = 1 + months % 12;
    const int day = 1 + number.patch % 28;
    char text[64];
    std::snprintf(text, sizeof text, "%04d%02d%02d-101112/", year, month, day);
    char hash[16];
    std::snprintf(hash, sizeof hash, "-g%07x", static_cast<unsigned>(hash_text(version) >> 36));
    firmware.build_id = text + version + hash;
  }
  return firmware;
}

bool is_same_build(const Firmware& a, const Firmware& b) {
  return is_told_alike(date_of(a.build_id), date_of(b.build_id)) ||
         is_told_alike(hash_of(a.build_id), hash_of(b.build_id));
}

}  // namespace sim
