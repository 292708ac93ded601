#include "console.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stage3/text.hpp>
#include <utility>

#include "message.hpp"

namespace cli {
namespace {

constexpr const char* kClearLine = "\r\x1b[K";
/// And what is below it; the cursor comes back even from where there is nothing below.
constexpr const char* kClearRowsBelow = "\0337\033[B\033[J\0338";
constexpr const char* kNoWrap = "\x1b[?7l";
constexpr const char* kWrap = "\x1b[?7h";
/// No more than a slow reader takes in a moment, so that one can be distinguished from a reader
/// that has stopped.
constexpr std::size_t kAtOnce = 4096;
constexpr std::chrono::milliseconds kBetweenDrawings{100};
constexpr std::size_t kUsualColumns = 80;
constexpr std::size_t kLeastColumns = 30;

bool is_terminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && (term == nullptr || std::strcmp(term, "dumb") != 0);
}

bool wants_color(Color color) {
  if (color != Color::automatic) return color == Color::always;
  const char* no_color = std::getenv("NO_COLOR");
  return is_terminal() && (no_color == nullptr || *no_color == '\0');
}

/// Of the terminal, 0: not known.
std::size_t terminal_columns() {
  winsize size{};
  return ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

}  // namespace

Console::Console(const Options& options)
    : colored_(wants_color(options.color)),
      is_watched_(is_terminal() && !options.quiet && !options.json),
      is_on_terminal_(::isatty(STDOUT_FILENO) == 1),
      output_(kAtOnce) {}

Console::~Console() {
  try {
    finish();
  } catch (const std::exception&) {
    // Of memory there is none left; what has ended the run is reported by main().
  }
}

void Console::line(std::string_view text) {
  clear_progress();
  pending_ += text;
  pending_ += '\n';
}

void Console::message(std::string_view text) {
  clear_progress();
  flush();
  output_.put(STDERR_FILENO, "stage3: " + harmless(text) + '\n');
}

std::size_t Console::columns() const noexcept {
  const std::size_t known = terminal_columns();
  return (known > 0 ? std::max(known, kLeastColumns) : kUsualColumns) - 1;
}

void Console::progress(const std::string& text) {
  const auto now = std::chrono::steady_clock::now();
  if (!is_watched_ || now - drawn_ < kBetweenDrawings) return;
  const std::string fitting = stage3::shortened(text, columns());
  if (fitting == progress_) return;
  flush();
  // The cursor waits at its beginning: whatever a terminal that becomes narrower makes of the row,
  // it is from there on. And the width may have changed since it was asked for.
  output_.put_passing(STDOUT_FILENO, kNoWrap + cleared() + fitting + '\r' + kWrap);
  progress_ = fitting;
  widest_ = std::max(widest_, stage3::display_width(fitting));
  drawn_ = now;
}

void Console::clear_progress() {
  if (progress_.empty()) return;
  pending_ += cleared();
  progress_.clear();
  widest_ = 0;
}

std::string Console::cleared() const {
  const std::size_t known = terminal_columns();
  const bool has_wrapped = known > 0 && widest_ >= known;
  return has_wrapped ? std::string(kClearLine) + kClearRowsBelow : kClearLine;
}

void Console::flush() {
  if (!pending_.empty()) output_.put(STDOUT_FILENO, std::exchange(pending_, {}));
  report_failure();
}

bool Console::finish() {
  flush();
  output_.finish();
  report_failure();
  output_.finish();
  const int error = output_.error(STDOUT_FILENO);
  return error == 0 || error == EPIPE;
}

void Console::report_failure() {
  const int error = is_failure_reported_ ? 0 : output_.error(STDOUT_FILENO);
  if (error == 0 || error == EPIPE) return;
  is_failure_reported_ = true;
  message(std::string("cannot write to standard output: ") + std::strerror(error));
}

}  // namespace cli
