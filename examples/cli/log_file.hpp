#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cli {

/// The log that `logging.base_path` names: one line an event, appended whole, so that several
/// writers and log rotation by copying do no harm.
class LogFile {
 public:
  /// Opens or creates the file (mode 0640). A link of either kind and anything but a regular file
  /// are refused, and so are the files `others` by whatever name. An empty path: nothing is logged.
  /// Throws stage3::Error(config).
  LogFile(std::string path, const std::vector<std::string>& others);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// Whether there is a log that lines go to.
  bool is_open() const noexcept { return fd_ >= 0; }

  /// Appends a line, `time` (seconds since the epoch) in front. Returns an empty text, or why it
  /// failed: only the first time, then the log is given up.
  std::string append(std::int64_t time, const std::string& text);

 private:
  std::string path_;
  int fd_ = -1;
};

}  // namespace cli
