#include "run/random_bytes.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

#include <stage3/error.hpp>

namespace stage3::run {

RandomBytes::Piece RandomBytes::take() {
  if (left_ == 0) {
    if (getrandom(pieces_.data(), sizeof pieces_, 0) != static_cast<ssize_t>(sizeof pieces_))
      throw Error(Errc::system,
                  "cannot get random numbers: " + std::generic_category().message(errno));
    left_ = pieces_.size();
  }
  return pieces_[--left_];
}

}  // namespace stage3::run
