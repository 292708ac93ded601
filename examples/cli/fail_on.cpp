#include "fail_on.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "spelling.hpp"

namespace cli {
namespace {

using stage3::Summary;

constexpr std::pair<const char*, std::size_t Summary::*> kCounts[] = {
    {"failed", &Summary::failed},   {"offline", &Summary::offline}, {"held", &Summary::held},
    {"updates", &Summary::updates}, {"updated", &Summary::updated},
};

std::string unknown(const std::string& word) {
  std::vector<std::string> names;
  std::string all;
  for (const auto& [name, count] : kCounts) {
    names.emplace_back(name);
    all += (all.empty() ? "" : ", ") + names.back();
  }
  const std::string meant = nearest(word, names);
  return "'" + word + "' is none of " + all +
         (meant.empty() ? "" : "; did you mean '" + meant + "'?");
}

}  // namespace

FailOn::FailOn(const std::string& text) {
  for (std::size_t begin = 0; begin <= text.size() && problem_.empty();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    problem_ = add(text.substr(begin, end - begin));
    begin = end + 1;
  }
}

std::string FailOn::why_not(const std::string& text) {
  return FailOn(text).problem_;
}

std::string FailOn::add(const std::string& item) {
  const std::size_t equals = std::min(item.find('='), item.size());
  const std::string name = item.substr(0, equals);
  const auto* const known = std::find_if(std::begin(kCounts), std::end(kCounts),
                                         [&](const auto& count) { return count.first == name; });
  if (known == std::end(kCounts)) return unknown(name);
  Limit limit{known->second};
  if (equals < item.size()) {
    std::string number = item.substr(equals + 1);
    limit.is_percentage = !number.empty() && number.back() == '%';
    if (limit.is_percentage) number.pop_back();
    constexpr std::size_t kDigits = 7;
    const bool is_number = !number.empty() && number.size() <= kDigits &&
                           number.find_first_not_of("0123456789") == std::string::npos;
    limit.least = is_number ? std::strtoul(number.c_str(), nullptr, 10) : 0;
    if (limit.least == 0 || (limit.is_percentage && limit.least > 100))
      return "'" + item + "': behind the '=' stands a number from 1 on, or a share from 1% to 100%";
  }
  limits_.push_back(limit);
  return {};
}

bool FailOn::is_met(const Summary& summary) const {
  constexpr std::size_t kWhole = 100;
  const std::size_t all = summary.ok + summary.failed + summary.offline;
  return std::any_of(limits_.begin(), limits_.end(), [&](const Limit& limit) {
    const std::size_t count = summary.*limit.count;
    if (count == 0) return false;
    return limit.is_percentage ? count * kWhole >= limit.least * all : count >= limit.least;
  });
}

}  // namespace cli
