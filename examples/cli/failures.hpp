#pragma once

#include <cstddef>
#include <map>
#include <stage3/result.hpp>
#include <string>
#include <vector>

namespace cli {

/// What has failed in a run, for whoever looks at its end.
class Failures {
 public:
  void add(const stage3::DeviceResult& result);
  bool empty() const noexcept { return by_cause_.empty(); }

  /// By cause, that of most devices first: its id, what it means and what to do about it, and each
  /// device with its whole error. Lines of at most so many columns, safe for a terminal; no newline
  /// at the end.
  std::string text(std::size_t columns) const;

 private:
  struct Cause {
    std::string meaning;
    std::string advice;
    std::vector<std::string> devices;
  };

  std::map<std::string, Cause> by_cause_;
};

}  // namespace cli
