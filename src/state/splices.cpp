#include "state/splices.hpp"

namespace stage3::state {

void Splices::add(std::size_t begin, std::size_t end, std::string_view text) {
  texts_ += text;
  splices_.push_back(
      {static_cast<Offset>(begin), static_cast<Offset>(end), static_cast<Offset>(texts_.size())});
}

}  // namespace stage3::state
