#include "workers.hpp"

#include <stage3/error.hpp>
#include <system_error>
#include <utility>

#include "stop_signals.hpp"

namespace cli {
namespace {

/// What comes in quick succession is passed on together. Nobody sees the delay, but waking the main
/// thread for each device costs as much as half of a call to it.
constexpr std::chrono::milliseconds kGathering{10};

}  // namespace

void Inbox::put(const stage3::DeviceResult& result) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool is_first = mail_.empty();
  mail_.results.push_back(result);
  if (is_first) arrived_.notify_one();
}

void Inbox::put(std::string_view message) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool is_first = mail_.empty();
  mail_.messages.emplace_back(message);
  if (is_first) arrived_.notify_one();
}

void Inbox::worker_ended(std::exception_ptr error) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (error && !mail_.error) mail_.error = std::move(error);
  mail_.last = --working_ == 0;
  arrived_.notify_one();
}

Inbox::Mail Inbox::take(std::chrono::milliseconds patience) {
  std::unique_lock<std::mutex> lock(mutex_);
  if (arrived_.wait_for(lock, patience, [this] { return mail_.last || !mail_.empty(); })) {
    arrived_.wait_for(lock, kGathering, [this] { return mail_.last; });
  }
  Mail mail;
  mail.results.swap(mail_.results);
  mail.messages.swap(mail_.messages);
  mail.last = mail_.last;
  mail.error = mail_.error;
  return mail;
}

Workers::Workers(stage3::Runner& runner, Inbox& inbox, unsigned count)
    : runner_(runner), inbox_(inbox) {
  for (unsigned i = 0; i < count; ++i) {
    workers_.push_back(std::make_unique<stage3::Worker>(runner));
  }
}

Workers::~Workers() {
  if (!threads_.empty()) runner_.cancel();
  for (std::thread& thread : threads_)
    thread.join();
}

void Workers::start() {
  const BlockStopSignals blocked;
  threads_.reserve(workers_.size());
  try {
    for (const auto& worker : workers_)
      threads_.emplace_back([this, &worker] { drive(*worker); });
  } catch (const std::system_error& error) {
    const std::string reason = std::string("cannot start a thread: ") + error.what();
    if (threads_.empty()) throw stage3::Error(stage3::Errc::system, reason);
    inbox_.put(reason + "; going on with " + std::to_string(threads_.size()));
    for (std::size_t i = threads_.size(); i < workers_.size(); ++i)
      inbox_.worker_ended(nullptr);
  }
}

void Workers::drive(stage3::Worker& worker) noexcept {
  std::exception_ptr error;
  try {
    worker.run();
  } catch (...) {
    error = std::current_exception();
    runner_.cancel();
  }
  inbox_.worker_ended(std::move(error));
}

}  // namespace cli
