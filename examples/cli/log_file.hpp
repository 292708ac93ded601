#pragma once

#include <string>
#include <vector>

#include "output.hpp"

namespace cli {

/// The log that `logging.base_path` names: one line an event, appended whole, so that several
/// writers and log rotation by copying do no harm. Belongs to the main thread, which it never keeps
/// waiting between start() and finish().
class LogFile {
 public:
  /// Opens or creates the file (mode 0640). A stranger's symbolic link, a hard link and anything
  /// but a regular file are refused, and so are the files `others` by whatever name. An empty path:
  /// nothing is logged. Throws stage3::Error(config).
  LogFile(const std::string& path, const std::vector<std::string>& others);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// Throws what the constructor would throw, and neither creates nor changes anything.
  static void check(const std::string& path, const std::vector<std::string>& others);

  /// From now on another thread writes. Throws stage3::Error(system).
  void start();

  /// Whether there is a log that lines go to.
  bool is_open() const noexcept { return fd_ >= 0 && !has_failed_; }

  void append(const std::string& line);

  /// Why the log was given up; empty if it was not, or if this has been asked before.
  std::string take_failure();

  /// Waits until all is written (see Output::finish()). Returns whether it is.
  bool finish();

 private:
  std::string path_;
  int fd_ = -1;
  bool has_failed_ = false;
  Output output_;
};

}  // namespace cli
