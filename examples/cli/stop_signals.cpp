#include "stop_signals.hpp"

#include <atomic>
#include <stage3/runner.hpp>

namespace cli {
namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

std::atomic<stage3::Runner*> the_runner{nullptr};
std::atomic<int> the_signal{0};

void change_all(void (*from)(int), void (*to)(int)) {
  for (const int number : kSignals) {
    struct sigaction action {};
    if (::sigaction(number, nullptr, &action) != 0 || action.sa_handler != from) continue;
    action = {};
    action.sa_handler = to;
    ::sigaction(number, &action, nullptr);
  }
}

void on_signal(int number) {
  change_all(on_signal, SIG_DFL);
  the_signal = number;
  if (stage3::Runner* runner = the_runner) runner->cancel();
}

}  // namespace

StopSignals::StopSignals() {
  change_all(SIG_DFL, on_signal);
}

StopSignals::~StopSignals() {
  change_all(on_signal, SIG_DFL);
}

CancelOnStop::CancelOnStop(stage3::Runner& runner) {
  the_runner = &runner;
  if (the_signal != 0) runner.cancel();
}

CancelOnStop::~CancelOnStop() {
  the_runner = nullptr;
}

int stop_signal() noexcept {
  return the_signal;
}

BlockStopSignals::BlockStopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : kSignals)
    sigaddset(&signals, number);
  ::pthread_sigmask(SIG_BLOCK, &signals, &before_);
}

BlockStopSignals::~BlockStopSignals() {
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace cli
