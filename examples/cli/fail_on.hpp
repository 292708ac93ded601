#pragma once

#include <cstddef>
#include <stage3/runner.hpp>
#include <string>
#include <vector>

namespace cli {

/// Which counts of a run make its exit status 1, and from how many devices on:
/// `failed,offline=10%,held=3`.
class FailOn {
 public:
  /// `text` is one that why_not() has nothing against.
  explicit FailOn(const std::string& text);

  /// What is wrong with `text`, and what may have been meant; empty: nothing.
  static std::string why_not(const std::string& text);

  /// A share is one of all devices that were processed; of none nothing is met.
  bool is_met(const stage3::Summary& summary) const;

 private:
  struct Limit {
    std::size_t stage3::Summary::*count;
    std::size_t least = 1;
    bool is_percentage = false;
  };

  std::string add(const std::string& item);

  std::vector<Limit> limits_;
  std::string problem_;
};

}  // namespace cli
