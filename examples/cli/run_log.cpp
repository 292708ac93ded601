#include "run_log.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <stage3/text.hpp>
#include <stage3/version.hpp>

#include "device_line.hpp"
#include "message.hpp"
#include "options.hpp"

namespace cli {
namespace {

using std::chrono::steady_clock;

constexpr std::string_view kMark = kDryRun.substr(1);
constexpr const char* kNoMark = "(dry\\x20run)";

std::string make_id() {
  std::uint32_t number = 0;
  if (::getrandom(&number, sizeof number, GRND_NONBLOCK) != sizeof number) {
    number = static_cast<std::uint32_t>(::getpid()) ^
             static_cast<std::uint32_t>(steady_clock::now().time_since_epoch().count());
  }
  std::array<char, 9> text{};
  std::snprintf(text.data(), text.size(), "%08x", number);
  return text.data();
}

/// What a device is called, say, cannot be taken for the mark of a dry run, wherever it stands.
std::string without_mark(std::string text) {
  for (std::size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark))
    text.replace(at, kMark.size(), kNoMark);
  return text;
}

/// Escaped as in messages: so it is valid UTF-8 without control characters.
std::string json_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : stage3::escape(text)) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string mode_of(const stage3::Config& config) {
  return config.ota.enabled ? config.get("ota.mode") : "off";
}

/// Of the summary it is a member already.
std::string dry_run_member(const Options& options) {
  return options.dry_run ? ",\"dry_run\":true" : ",\"dry_run\":false";
}

/// Seconds, for people and programs.
std::string since(steady_clock::time_point begun) {
  const std::chrono::duration<double> passed = steady_clock::now() - begun;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", passed.count());
  return text.data();
}

}  // namespace

RunLog::RunLog(LogFile& file, const Options& options, const stage3::Config& config)
    : file_(file),
      options_(options),
      config_(config),
      is_json_(config.logging.format == stage3::LogFormat::json),
      id_(make_id()),
      begun_(steady_clock::now()) {}

void RunLog::begin(std::size_t devices) {
  if (!file_.is_open()) return;
  const std::int64_t now = std::time(nullptr);
  if (is_json_) {
    write_json(R"("v":1,"type":"begin","time":")" + stage3::to_utc(now) + R"(","version":)" +
               json_text(stage3::version()) + ",\"mode\":" + json_text(mode_of(config_)) +
               ",\"config\":" + json_text(options_.config_path) +
               ",\"state\":" + json_text(config_.ip_state_file) +
               ",\"devices\":" + std::to_string(devices) + dry_run_member(options_));
  } else {
    write_text(now, "run " + id_ + " begin version=" + stage3::version() + " mode=" +
                        mode_of(config_) + " config=" + stage3::escape(options_.config_path) +
                        " state=" + stage3::escape(config_.ip_state_file) +
                        " devices=" + std::to_string(devices));
  }
}

void RunLog::device(const stage3::DeviceResult& result) {
  if (!file_.is_open() || result.outcome == stage3::Outcome::cancelled) return;
  if (is_json_) {
    const std::string object = stage3::to_json(result);
    write_json(object.substr(1, object.size() - 2) + dry_run_member(options_));
  } else {
    LineStyle whole;
    whole.is_whole = true;
    write_text(result.finished_at, device_line(result, whole));
  }
}

void RunLog::notice(const std::string& text) {
  write_words("notice", "text", text, "notice: ");
}

void RunLog::stopped(const std::string& why) {
  write_words("stopped", "why", why, "");
}

void RunLog::write_words(const std::string& type, const std::string& member,
                         const std::string& words, const std::string& before) {
  if (!file_.is_open()) return;
  const std::int64_t now = std::time(nullptr);
  if (is_json_) {
    write_json(R"("v":1,"type":")" + type + R"(","time":")" + stage3::to_utc(now) + R"(",")" +
               member + "\":" + json_text(words) + dry_run_member(options_));
  } else {
    write_text(now, before + harmless(words));
  }
}

void RunLog::end(const std::string& line, const std::string& json) {
  if (!file_.is_open()) return;
  const std::int64_t now = std::time(nullptr);
  if (is_json_) {
    write_json(json.substr(1, json.size() - 2) + R"(,"time":")" + stage3::to_utc(now) +
               R"(","duration":)" + since(begun_));
    return;
  }
  write_text(now, line);
  write_text(now, "run " + id_ + " end" + line.substr(line.find(':') + 1) +
                      " duration=" + since(begun_) + " s");
}

void RunLog::write_text(std::int64_t time, const std::string& text) {
  std::string line = stage3::to_utc(time) + ' ' + without_mark(text);
  if (options_.dry_run) line += kDryRun;
  file_.append(line);
}

void RunLog::write_json(const std::string& members) {
  file_.append('{' + members + ",\"run\":\"" + id_ + "\"}");
}

}  // namespace cli
