#include "state/splices.hpp"

#include "base/assert.hpp"

namespace stage3::state {

std::string& Splices::add(std::size_t begin, std::size_t end) {
  STAGE3_ASSERT(begin <= end && (splices_.empty() || splices_.back().end <= begin));
  splices_.push_back({static_cast<Offset>(begin), static_cast<Offset>(end), texts_.size()});
  return texts_;
}

void Splices::clear() {
  splices_.clear();
  texts_.clear();
}

}  // namespace stage3::state
