#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace stage3::run {

/// The kernel's random numbers, fetched for several devices at a time. Belongs to one thread.
class RandomBytes {
 public:
  using Piece = std::array<std::uint8_t, 16>;

  /// Throws Error(Errc::system).
  Piece take();

 private:
  /// What getrandom() gives whole and without waiting, once the machine has started.
  std::array<Piece, 16> pieces_;
  std::size_t left_ = 0;
};

}  // namespace stage3::run
