#include "console.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <stage3/text.hpp>
#include <utility>

namespace cli {
namespace {

constexpr const char* kClearLine = "\r\x1b[K";
/// No more than a slow reader takes in a moment, so that one can be distinguished from a reader
/// that has stopped.
constexpr std::size_t kAtOnce = 4096;

bool is_terminal() {
  const char* term = std::getenv("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && (term == nullptr || std::strcmp(term, "dumb") != 0);
}

bool wants_color(Color color) {
  if (color != Color::automatic) return color == Color::always;
  const char* no_color = std::getenv("NO_COLOR");
  return is_terminal() && (no_color == nullptr || *no_color == '\0');
}

}  // namespace

Console::Console(const Options& options)
    : colored_(wants_color(options.color)),
      shows_progress_(is_terminal() && !options.quiet && !options.json),
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
  output_.put(STDERR_FILENO, "stage3: " + stage3::escape(text) + '\n');
}

void Console::progress(const std::string& text) {
  if (!shows_progress_ || text == progress_) return;
  flush();
  output_.put_passing(STDOUT_FILENO, kClearLine + text);
  progress_ = text;
}

void Console::clear_progress() {
  if (progress_.empty()) return;
  progress_.clear();
  pending_ += kClearLine;
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
