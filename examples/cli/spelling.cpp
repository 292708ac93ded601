#include "spelling.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <stage3/address.hpp>
#include <stage3/config.hpp>

namespace cli {
namespace {

/// `192.168.1.30-40`, `192.168.1.30-192.168.1.40`: addresses on both sides, or the end of one.
bool is_span(const std::string& text) {
  const std::size_t dash = text.find('-');
  if (dash == std::string::npos || !stage3::Address::parse(text.substr(0, dash))) return false;
  return text.find_first_not_of("0123456789abcdefABCDEF.:", dash + 1) == std::string::npos;
}

bool is_network(const std::string& text) {
  const std::size_t slash = text.find('/');
  return slash != std::string::npos && stage3::Address::parse(text.substr(0, slash)).has_value();
}

/// One of them, or several behind commas, one of which is a range or a network.
bool has_range(const std::string& text) {
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string part = text.substr(begin, end - begin);
    if (is_span(part) || is_network(part)) return true;
    begin = end + 1;
  }
  return false;
}

bool is_host_name(const std::string& text) {
  const auto is_part = [](unsigned char c) { return std::isalnum(c) != 0 || c == '-' || c == '.'; };
  return std::all_of(text.begin(), text.end(), is_part) &&
         std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return std::isalpha(c) != 0; });
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  constexpr std::size_t kLongestWord = 64;
  if (word.empty() || word.size() > kLongestWord) return {};
  const std::size_t mistakes = std::max<std::size_t>(1, word.size() / 3);
  std::string best;
  std::size_t fewest = mistakes + 1;
  for (const std::string& candidate : candidates) {
    const std::size_t found = stage3::count_typos(word, candidate);
    if (found >= fewest) continue;
    fewest = found;
    best = candidate;
  }
  return best;
}

std::string why_no_address(const std::string& text) {
  const std::string is = "'" + text + "' is ";
  if (has_range(text)) return is + "a range of addresses: --select ip=" + text + " takes those";
  if (text.find(',') != std::string::npos)
    return is + "several words in one: separate the addresses by spaces, --ip A B";
  if (is_host_name(text)) {
    return is + "a host name: devices are known by number, `getent ahosts " + text +
           "` tells which it has";
  }
  return is + "no IP address (a.b.c.d, a.b.c.d:port, IPv6 or [IPv6]:port)";
}

}  // namespace cli
