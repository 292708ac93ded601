#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stage3/config.hpp>
#include <stage3/result.hpp>
#include <string>
#include <string_view>

#include "log_file.hpp"

namespace cli {

struct Options;

/// Ends each line of a dry run, and stands in no other.
inline constexpr std::string_view kDryRun = " (dry run)";

/// What a log tells of one run: that it begins and with what, each device, and how it ends. As text
/// or, by `logging.format`, one JSON object a line. Each line of a dry run says so, and nothing
/// in another line looks like that. Belongs to the
/// main thread.
class RunLog {
 public:
  /// All must outlive it.
  RunLog(LogFile& file, const Options& options, const stage3::Config& config);

  void begin(std::size_t devices);
  /// Everything, whatever is shown on the screen; nothing of a device that was not processed.
  void device(const stage3::DeviceResult& result);
  /// What standard error says beside the results, of a TLS certificate that has expired, say.
  void notice(const std::string& text);
  /// Why the run is not all that was asked for.
  void stopped(const std::string& why);
  /// `line` and `json` are the summary as it is printed.
  void end(const std::string& line, const std::string& json);

 private:
  /// In JSON as this member of an object of this type, in text behind `before`.
  void write_words(const std::string& type, const std::string& member, const std::string& words,
                   const std::string& before);
  void write_text(std::int64_t time, const std::string& text);
  void write_json(const std::string& members);

  LogFile& file_;
  const Options& options_;
  const stage3::Config& config_;
  const bool is_json_;
  /// Of this run, in all its frames: runs that write at the same time can be told apart.
  const std::string id_;
  const std::chrono::steady_clock::time_point begun_;
};

}  // namespace cli
