#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <stage3/error.hpp>
#include <stage3/result.hpp>

#include "disk/file_system.hpp"
#include "state/document.hpp"
#include "state/handed_out.hpp"
#include "state/merge.hpp"
#include "state/record.hpp"
#include "state/saver.hpp"

namespace stage3::test {

/// 2026-11-23T14:31:05Z.
constexpr std::int64_t kRun = 1'795'444'265;
/// A device's.
inline const std::string kKey = "A8032ABE54DC";

/// A directory of its own for a test, removed with everything in it: in memory where that is
/// possible, unless the test asks for a disk.
class TempDir {
 public:
  enum class Where { in_memory, on_disk };

  explicit TempDir(Where where = Where::in_memory) {
    const std::filesystem::path memory = "/dev/shm";
    const bool use_memory = where == Where::in_memory && access(memory.c_str(), W_OK) == 0;
    std::string name =
        (use_memory ? memory : std::filesystem::temp_directory_path()) / "unit-state-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string operator/(const std::string& name) const { return path_ + "/" + name; }
  const std::string& path() const { return path_; }

  /// The names in the directory, sorted, separated by spaces.
  std::string listing() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    std::string joined;
    for (const std::string& name : names)
      joined += (joined.empty() ? "" : " ") + name;
    return joined;
  }

 private:
  std::string path_;
};

inline void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

inline std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline struct stat status_of(const std::string& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) throw std::runtime_error("cannot stat " + path);
  return status;
}

/// What a device that is up to date gives; the wanted name was there already.
inline DeviceResult good_result(const std::string& key) {
  DeviceResult result;
  result.device.key = key;
  result.device.mac = Mac::parse(key).value_or(Mac());
  result.outcome = Outcome::ok;
  result.ota_status = OtaStatus::up_to_date;
  result.friendly_status = FriendlyStatus::ok;
  result.id = "shellyplus1-a8032abe54dc";
  result.app = "Plus1";
  result.fw = "1.7.5";
  result.fw_id = "20251117-101010/1.7.5-g0123456";
  result.device_name = "Wohnzimmer";
  result.finished_at = kRun;
  result.last_seen = kRun;
  return result;
}

/// What a device that gave no answer gives.
inline DeviceResult offline_result(const std::string& key) {
  DeviceResult result;
  result.device.key = key;
  result.device.mac = Mac::parse(key).value_or(Mac());
  result.outcome = Outcome::offline;
  result.ota_status = OtaStatus::offline;
  result.errors.push_back({Part::reach, Cause::timeout, 0, 0, "reach: timeout"});
  result.finished_at = kRun;
  return result;
}

/// Throws for text that is no state file.
inline state::Contents parsed(const std::string& text,
                              const std::string& name_field = "friendly_name") {
  state::Contents contents;
  contents.document.bytes = text;
  if (const auto problem = state::parse(contents, name_field)) {
    throw std::runtime_error("not a state file: " + problem->message);
  }
  return contents;
}

/// The records that results make, for the entries that have their keys.
class Records {
 public:
  Records(const state::Contents& contents, const std::vector<DeviceResult>& results)
      : devices_(contents.devices), records_(contents.devices.size()) {
    for (const DeviceResult& result : results) {
      for (std::size_t i = 0; i < records_.size(); ++i) {
        if (contents.devices[i].key == result.device.key)
          records_[i] = maker_.make(result, nullptr, nullptr);
      }
    }
  }

  std::vector<const state::Record*> pointers() const {
    std::vector<const state::Record*> pointers;
    for (const auto& record : records_)
      pointers.push_back(record.get());
    return pointers;
  }

  /// As a Saver wants them.
  state::Recorded recorded() const { return {devices_, pointers(), sends_}; }

 private:
  state::HandedOut devices_;
  state::RecordMaker maker_;
  std::vector<state::RecordPointer> records_;
  state::Sends sends_;
};

/// The error that `call` throws.
template <class Call>
Error error_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  throw std::runtime_error("no error");
}

/// `text` with the results put in.
inline std::string merged(const std::string& text, const std::vector<DeviceResult>& results) {
  const state::Contents contents = parsed(text);
  const Records records(contents, results);
  std::string out;
  const bool changed = state::merge(contents.document, records.pointers(),
                                    [&](std::string_view block) { out += block; });
  return changed ? out : text;
}

}  // namespace stage3::test
