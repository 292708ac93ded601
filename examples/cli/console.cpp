#include "console.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stage3/device.hpp>

#include "stop_signals.hpp"

namespace cli {
namespace {

constexpr int kPatienceMs = 200;
constexpr const char* kClearLine = "\r\x1b[K";

bool is_terminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && (term == nullptr || std::strcmp(term, "dumb") != 0);
}

bool wants_color(Color color) {
  if (color != Color::automatic) return color == Color::always;
  const char* no_color = std::getenv("NO_COLOR");
  return is_terminal() && (no_color == nullptr || *no_color == '\0');
}

/// Returns 0 or an errno value. Waits for a reader that is slow, but not any more once a signal
/// came.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    pollfd ready{fd, POLLOUT, 0};
    if (::poll(&ready, 1, kPatienceMs) != 1) {
      if (stop_signal() != 0) return EPIPE;
      continue;
    }
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count >= 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR && errno != EAGAIN) {
      return errno;
    }
  }
  return 0;
}

}  // namespace

Console::Console(const Options& options)
    : colored_(wants_color(options.color)),
      shows_progress_(is_terminal() && !options.quiet && !options.json) {}

Console::~Console() {
  if (!output_lost_) write_all(STDOUT_FILENO, pending_);
}

void Console::put(std::string_view text) {
  if (!output_lost_) pending_ += text;
}

void Console::flush() {
  if (pending_.empty()) return;
  const int error = write_all(STDOUT_FILENO, pending_);
  pending_.clear();
  if (error == 0) return;
  output_lost_ = true;
  if (error != EPIPE)
    message(std::string("cannot write to standard output: ") + std::strerror(error));
}

void Console::line(std::string_view text) {
  clear_progress();
  put(text);
  put("\n");
}

void Console::message(std::string_view text) {
  clear_progress();
  flush();
  write_all(STDERR_FILENO, "stage3: " + stage3::escape(text) + '\n');
}

void Console::progress(const std::string& text) {
  if (!shows_progress_ || text == progress_) return;
  put(kClearLine + text);
  progress_ = text;
}

void Console::clear_progress() {
  if (progress_.empty()) return;
  progress_.clear();
  put(kClearLine);
}

}  // namespace cli
