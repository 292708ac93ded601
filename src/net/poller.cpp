#include "net/poller.hpp"

#include <sys/eventfd.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <stage3/error.hpp>

namespace stage3::net {

namespace {

UniqueFd opened(int fd, const char* what) {
  if (fd < 0)
    throw Error(Errc::system,
                std::string("cannot open ") + what + ": " + std::generic_category().message(errno));
  return UniqueFd(fd);
}

timespec to_timespec(Clock::duration time) {
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
  timespec out{};
  out.tv_sec = static_cast<time_t>(nanoseconds / 1'000'000'000);
  out.tv_nsec = static_cast<long>(nanoseconds % 1'000'000'000);
  return out;
}

}  // namespace

Poller::Poller()
    : epoll_(opened(epoll_create1(EPOLL_CLOEXEC), "an epoll descriptor")),
      timer_(opened(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC), "a timer")),
      wake_(opened(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "an event descriptor")) {
  watch(timer_.get(), EPOLLIN);
  watch(wake_.get(), EPOLLIN);
}

void Poller::watch(int fd, std::uint32_t events, bool is_watched) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  const auto control = [&](int operation) {
    return epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
  };
  if (control(is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD)) return;
  if (errno == EEXIST && control(EPOLL_CTL_MOD)) return;
  if (errno == ENOENT && control(EPOLL_CTL_ADD)) return;
  throw Error(Errc::system, "cannot watch a descriptor: " + std::generic_category().message(errno));
}

void Poller::forget(int fd) noexcept {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

void Poller::wake() noexcept {
  const std::uint64_t one = 1;
  // Only a counter that is full already can refuse it, and that one is readable.
  [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

void Poller::arm() {
  // A timer that fires too early costs one empty step, setting it anew at every change of mind a
  // system call each.
  if (!deadline_ || (armed_ && *armed_ <= *deadline_)) return;
  itimerspec spec{};
  // A zero value would disarm the timer: what is due already is due in a nanosecond.
  const auto earliest = Clock::time_point(std::chrono::nanoseconds(1));
  spec.it_value = to_timespec(std::max(*deadline_, earliest).time_since_epoch());
  if (timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &spec, nullptr) != 0)
    throw Error(Errc::system, "cannot set a timer: " + std::generic_category().message(errno));
  armed_ = deadline_;
}

int Poller::wait(std::optional<std::chrono::milliseconds> timeout, Event* events) {
  arm();
  epoll_event ready[kMaxEvents];
  const int limit =
      timeout ? static_cast<int>(std::clamp<long long>(timeout->count(), 0, 1 << 30)) : -1;
  const int count = epoll_wait(epoll_.get(), ready, kMaxEvents, limit);
  if (count < 0 && errno != EINTR)
    throw Error(Errc::system, "cannot wait for events: " + std::generic_category().message(errno));
  int reported = 0;
  for (int i = 0; i < count; ++i) {
    const int fd = ready[i].data.fd;
    if (fd == timer_.get() || fd == wake_.get())
      drain(fd);
    else
      events[reported++] = {fd, ready[i].events};
  }
  return reported;
}

void Poller::drain(int fd) noexcept {
  std::uint64_t count = 0;
  [[maybe_unused]] const auto taken = ::read(fd, &count, sizeof count);
  // A timer that has fired is disarmed.
  if (fd == timer_.get()) armed_.reset();
}

}  // namespace stage3::net
