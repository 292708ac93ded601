#pragma once

#include <string_view>
#include <vector>

#include <stage3/device.hpp>

#include "base/address_range.hpp"
#include "base/glob.hpp"
#include "result/select_key.hpp"

namespace stage3 {

/// One term of a selection, `KEY=GLOB[,GLOB...]`.
class SelectPattern {
 public:
  /// Throws Error(Errc::invalid_argument) as Selection::parse() says.
  explicit SelectPattern(std::string_view text);

  bool fits(const Device& device) const;

 private:
  void add(std::string_view pattern);

  const SelectKey* key_;
  std::vector<Glob> globs_;
  std::vector<AddressRange> ranges_;  ///< of `ip`
};

}  // namespace stage3
