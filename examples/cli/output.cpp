#include "output.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <stage3/error.hpp>
#include <system_error>
#include <utility>

#include "stop_signals.hpp"

namespace cli {
namespace {

constexpr std::chrono::milliseconds kPatience{200};

/// Returns what was written of `text`, 0 if nothing could be for now, or -1 and errno.
ssize_t write_some(int fd, std::string_view text) {
  const ssize_t count = ::write(fd, text.data(), text.size());
  if (count >= 0 || (errno != EINTR && errno != EAGAIN)) return count;
  // Whoever else has this terminal or pipe may have made it non-blocking.
  pollfd ready{fd, POLLOUT, 0};
  ::poll(&ready, 1, static_cast<int>(kPatience.count()));
  return 0;
}

}  // namespace

struct Output::Queue {
  struct Piece {
    int fd;
    std::string text;
    bool passing;
  };

  explicit Queue(std::size_t size) : at_once(size) {}

  void put(Piece piece);
  void write_front(std::unique_lock<std::mutex>& lock);
  void run();

  const std::size_t at_once;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Piece> pieces;
  std::map<int, int> errors;
  std::size_t written = 0;  // bytes
  bool is_writing = false;
  bool is_over = false;
};

void Output::Queue::put(Piece piece) {
  const std::lock_guard<std::mutex> lock(mutex);
  // The place for an error is made here: the thread would have nobody to let know that memory is
  // lacking.
  if (is_over || errors[piece.fd] != 0) return;
  const bool replaces = !pieces.empty() && piece.passing && pieces.back().passing;
  if (replaces) pieces.pop_back();
  pieces.push_back(std::move(piece));
  changed.notify_all();
}

/// Holds the lock except while it writes.
void Output::Queue::write_front(std::unique_lock<std::mutex>& lock) {
  const Piece piece = std::move(pieces.front());
  pieces.pop_front();
  is_writing = true;
  std::string_view rest = piece.text;
  while (!rest.empty() && !is_over && errors[piece.fd] == 0) {
    lock.unlock();
    const ssize_t count = write_some(piece.fd, rest.substr(0, at_once));
    const int error = errno;
    lock.lock();
    if (count < 0) {
      errors[piece.fd] = error;
    } else {
      rest.remove_prefix(static_cast<std::size_t>(count));
      written += static_cast<std::size_t>(count);
    }
  }
  is_writing = false;
  changed.notify_all();
}

void Output::Queue::run() {
  std::unique_lock<std::mutex> lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return is_over || !pieces.empty(); });
    if (is_over) return;
    write_front(lock);
  }
}

Output::Output(std::size_t at_once) : queue_(std::make_shared<Queue>(at_once)) {}

Output::~Output() {
  bool is_stuck = false;
  {
    const std::lock_guard<std::mutex> lock(queue_->mutex);
    queue_->is_over = true;
    is_stuck = queue_->is_writing;
    queue_->changed.notify_all();
  }
  if (!thread_.joinable()) return;
  if (is_stuck) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void Output::start() {
  const BlockStopSignals blocked;
  try {
    thread_ = std::thread([queue = queue_] { queue->run(); });
  } catch (const std::system_error& error) {
    throw stage3::Error(stage3::Errc::system,
                        std::string("cannot start a thread: ") + error.what());
  }
}

void Output::put(int fd, std::string text) {
  queue_->put({fd, std::move(text), false});
}

void Output::put_passing(int fd, std::string text) {
  queue_->put({fd, std::move(text), true});
}

int Output::error(int fd) const {
  const std::lock_guard<std::mutex> lock(queue_->mutex);
  return queue_->errors[fd];
}

void Output::finish() {
  std::unique_lock<std::mutex> lock(queue_->mutex);
  if (queue_->is_over) return;
  while (!thread_.joinable() && !queue_->pieces.empty())
    queue_->write_front(lock);
  const auto is_idle = [this] { return queue_->pieces.empty() && !queue_->is_writing; };
  std::size_t before = queue_->written;
  while (!queue_->changed.wait_for(lock, kPatience, is_idle)) {
    if (stop_signal() != 0 && queue_->written == before) {
      queue_->is_over = true;
      return;
    }
    before = queue_->written;
  }
}

}  // namespace cli
