#pragma once

#include <stdexcept>
#include <string>

namespace stage3 {

/// What kept a run from happening or from being recorded. What happens to one device is never
/// thrown: it is data in its DeviceResult.
enum class Errc {
  invalid_argument,  ///< the caller's value is out of range or malformed
  config,            ///< configuration or secrets file: unreadable, or against the rules
  state_read,        ///< state file: unreadable, malformed or of an unknown version
  state_write,       ///< state file: cannot be saved; the old file is intact
  locked,            ///< another run holds the run lock
  system,            ///< the operating system refused something the run cannot do without
  reentrant,         ///< called while a call is under way that rules it out
  forked,            ///< an object made by the parent process was used in the child
};

/// The one exception type of the library (besides std::bad_alloc).
class Error : public std::runtime_error {
 public:
  /// `path` names the file concerned (empty: none); `line` and `column` count from 1 (0: unknown;
  /// columns are bytes). what() reads `path:line:column: message`, as far as those are known.
  Error(Errc code, const std::string& message, std::string path = {}, int line = 0, int column = 0);

  /// For a message that names `path` itself: what() reads as the message does.
  static Error naming(Errc code, const std::string& message, std::string path);

  Errc code() const noexcept { return code_; }
  /// The message without the location in front.
  const std::string& message() const noexcept { return message_; }
  const std::string& path() const noexcept { return path_; }
  int line() const noexcept { return line_; }
  int column() const noexcept { return column_; }

 private:
  struct Named {};
  Error(Named, Errc code, const std::string& message, std::string path);

  Errc code_;
  std::string message_;
  std::string path_;
  int line_;
  int column_;
};

}  // namespace stage3
