#include "desk.hpp"

#include <chrono>
#include <cstring>
#include <string>

#include "console.hpp"
#include "display.hpp"
#include "stop_signals.hpp"

namespace cli {
namespace {

constexpr std::chrono::milliseconds kTick{100};

}  // namespace

template <class Step>
void Desk::take(Step step) {
  try {
    step();
  } catch (...) {
    if (!broken_) broken_ = std::current_exception();
    job_.runner().cancel();
  }
}

void Desk::pass_on(const Inbox::Mail& mail) {
  for (const auto& message : mail.messages)
    take([&] { display_.notice(message); });
  for (const auto& result : mail.results)
    take([&] { display_.device(result); });
}

void Desk::attend() {
  for (;;) {
    const Inbox::Mail mail = inbox_.take(kTick);
    pass_on(mail);
    if (mail.error && !broken_) broken_ = mail.error;
    if (mail.last) return;
    take([this] { display_.progress(job_.runner().summary(), updates_); });
    take([this] { console_.flush(); });
    take([this] { job_.save_if_due(); });
  }
}

void Desk::report_end() {
  const stage3::Summary summary = job_.runner().summary();
  const std::size_t left = summary.total - summary.reported() + summary.cancelled;
  std::string stopped;
  if (left != 0 || broken_)
    stopped = reason() + "; not processed: " + std::to_string(left) + " of " +
              std::to_string(summary.total) + " devices";
  else if (stop_signal() != 0)
    stopped = reason();
  if (!stopped.empty() && display_.under_way() > 0)
    stopped += "; updates under way: " + std::to_string(display_.under_way()) +
               ", the next run looks how they have ended";
  take([&] { display_.summary(summary, stopped); });
}

std::string Desk::reason() const {
  try {
    if (broken_) std::rethrow_exception(broken_);
  } catch (const std::exception& error) {
    return std::string("the run broke off: ") + error.what();
  }
  if (stop_signal() == 0)
    return job_.is_stopped() ? "stopped, since results cannot be saved" : "stopped";
  return std::string("stopped by a signal (") + ::strsignal(stop_signal()) + ')';
}

}  // namespace cli
