#include "match.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <limits>

#include "chance.hpp"

namespace sim {
namespace {

constexpr std::uint32_t kMaxIndex = std::numeric_limits<std::uint32_t>::max();

bool matches_glob(const std::string& glob, const std::string& text) {
  return glob.empty() || fnmatch(glob.c_str(), text.c_str(), 0) == 0;
}

std::uint32_t read_bound(const Node& node, const std::string& text) {
  if (text.empty() || text.size() > 7 ||
      text.find_first_not_of("0123456789") != std::string::npos) {
    node.fail(
        "must be an index such as 3, a range such as \"0-9\", or an "
        "array of these");
  }
  return static_cast<std::uint32_t>(std::stoul(text));
}

void read_indices(const Node& node, Match& match) {
  if (node.is_array()) {
    for (const Node& item : node.items())
      read_indices(item, match);
  } else if (node.is_text()) {
    const std::string text = node.text();
    const auto dash = text.find('-');
    const std::uint32_t first = read_bound(node, text.substr(0, dash));
    const std::uint32_t last =
        dash == std::string::npos ? first : read_bound(node, text.substr(dash + 1));
    match.indices.emplace_back(first, last);
  } else {
    const auto index = static_cast<std::uint32_t>(node.integer(0, kMaxIndex));
    match.indices.emplace_back(index, index);
  }
}

}  // namespace

bool Match::includes(std::uint32_t index, std::uint64_t seed, std::size_t rule) const {
  const auto is_in = [index](const auto& range) {
    return range.first <= index && index <= range.second;
  };
  if (!indices.empty() && std::none_of(indices.begin(), indices.end(), is_in)) return false;
  if (index % every != offset) return false;
  return !fraction || draw(seed, rule, index, 0) < *fraction;
}

bool Match::has_globs() const {
  return !mac.empty() || !ip.empty() || !app.empty() || !model.empty();
}

bool Match::fits(const Candidate& device) const {
  return matches_glob(mac, device.mac) && matches_glob(ip, device.ip) &&
         matches_glob(app, device.app) && matches_glob(model, device.model);
}

Match read_match(const Node& node) {
  node.expect_keys({"index", "every", "offset", "fraction", "mac", "ip", "app", "model"});
  Match match;
  if (const auto index = node.find("index")) read_indices(*index, match);
  if (const auto every = node.find("every")) {
    match.every = static_cast<std::uint32_t>(every->integer(1, kMaxIndex));
  }
  if (const auto offset = node.find("offset")) {
    match.offset = static_cast<std::uint32_t>(offset->integer(0, match.every - 1));
  }
  if (const auto fraction = node.find("fraction")) match.fraction = fraction->number(0, 1);
  node.read("mac", match.mac);
  node.read("ip", match.ip);
  node.read("app", match.app);
  node.read("model", match.model);
  return match;
}

}  // namespace sim
