#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "net/platform.hpp"

namespace stage3::run {

/// The platform's random numbers, fetched for several devices at a time. Belongs to one thread.
class RandomBytes {
 public:
  using Piece = std::array<std::uint8_t, 16>;

  explicit RandomBytes(net::Platform& platform) : platform_(platform) {}

  /// Throws what Platform::fill_random() throws.
  Piece take() {
    if (left_ == 0) {
      platform_.fill_random(pieces_.data(), sizeof pieces_);
      left_ = pieces_.size();
    }
    return pieces_[--left_];
  }

 private:
  net::Platform& platform_;
  /// What getrandom() gives whole and without waiting, once the machine has started.
  std::array<Piece, 16> pieces_;
  std::size_t left_ = 0;
};

}  // namespace stage3::run
