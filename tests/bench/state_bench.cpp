// One measurement of ip_state.json in a process of its own, as one line of JSON; state.py makes a
// table of many.
//
//   state-bench make FILE DEVICES   writes the state of a fleet
//   state-bench raw FILE            reads it and writes as many bytes with fsync: the least that
//   any
//                                   program would have to do
//   state-bench store FILE          loads it, records a result for every device and saves

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <stage3/state_store.hpp>

namespace {

constexpr std::int64_t kNow = 1'795'444'265;

/// Milliseconds since it was made.
class Watch {
 public:
  double wall() const { return read(CLOCK_MONOTONIC) - wall_; }
  double cpu() const { return read(CLOCK_PROCESS_CPUTIME_ID) - cpu_; }

 private:
  static double read(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
  }

  double wall_ = read(CLOCK_MONOTONIC);
  double cpu_ = read(CLOCK_PROCESS_CPUTIME_ID);
};

/// A line of /proc/self/status in bytes.
long memory(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.compare(0, name.size() + 1, name + ":") == 0)
      return std::strtol(line.c_str() + name.size() + 1, nullptr, 10) * 1024;
  }
  throw std::runtime_error("no " + name + " in /proc/self/status");
}

std::string read_plainly(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (fd < 0 || fstat(fd, &status) != 0) throw std::runtime_error("cannot read " + path);
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  if (read(fd, bytes.data(), bytes.size()) != status.st_size) {
    throw std::runtime_error("short read of " + path);
  }
  close(fd);
  return bytes;
}

void write_with_fsync(const std::string& path, const std::string& bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool ok = fd >= 0 &&
                  write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                  fsync(fd) == 0;
  if (fd >= 0) close(fd);
  if (!ok) throw std::runtime_error("cannot write " + path);
}

/// About 410 bytes an entry, as Python's json.dump(indent=2) writes it.
void make(const std::string& path, unsigned devices) {
  std::string text = "{\n  \"version\": 1,\n  \"devices\": {";
  for (unsigned i = 0; i < devices; ++i) {
    // A multiplier that shuffles, so that MACs are not in order.
    const auto mac = static_cast<unsigned>((i * 2654435761ULL) & 0xFFFFFFFFU);
    char entry[1024];
    std::snprintf(
        entry, sizeof entry,
        "%s\n    \"A803%08X\": {\n      \"ip\": \"10.%u.%u.%u\",\n      \"model\": "
        "\"Plus1PM\",\n      \"fw\": \"1.4.4\",\n      \"hostname\": "
        "\"shellyplus1pm-a803%08x\",\n      \"friendly_name\": \"K\\u00fcche %u\",\n      "
        "\"room\": \"ground floor\",\n      \"stage3\": {\n        \"ota_status\": "
        "\"update_available\",\n        \"friendly_status\": \"ok\",\n        \"last_run\": "
        "\"2026-11-01T03:00:00Z\",\n        \"last_seen\": \"2026-11-01T03:00:00Z\"\n      "
        "}\n    }",
        i == 0 ? "" : ",", mac, i >> 16 & 255, i >> 8 & 255, i & 255, mac, i);
    text += entry;
  }
  write_with_fsync(path, text + "\n  }\n}\n");
}

void measure_raw(const std::string& path) {
  const Watch watch;
  const std::string bytes = read_plainly(path);
  write_with_fsync(path + ".raw", bytes);
  std::printf("{\"wall_ms\": %.3f, \"cpu_ms\": %.3f, \"bytes\": %zu}\n", watch.wall(), watch.cpu(),
              bytes.size());
}

stage3::DeviceResult result_for(const stage3::Device& device) {
  stage3::DeviceResult result;
  result.device = device;
  result.outcome = stage3::Outcome::ok;
  result.ota_status = stage3::OtaStatus::up_to_date;
  result.friendly_status = stage3::FriendlyStatus::ok;
  result.id = "shellyplus1pm-" + device.mac.to_string();
  result.app = "Plus1PM";
  result.fw = "1.7.5";
  result.fw_id = "20251117-101010/1.7.5-g0123456";
  result.device_name = device.wanted_name.text;
  result.finished_at = result.last_seen = kNow;
  return result;
}

/// How much memory a copy of the devices takes: what the store cannot but hold for its caller.
long measure_devices(const stage3::StateStore& store) {
  const long before = memory("VmRSS");
  const std::vector<stage3::Device> devices = store.devices();
  const long taken = memory("VmRSS") - before;
  if (devices.empty()) throw std::runtime_error("no devices");
  return taken;
}

void measure_store(const std::string& path) {
  const long before = memory("VmHWM");
  const Watch load_watch;
  stage3::StateStore store = stage3::StateStore::load(path);
  const double load[] = {load_watch.wall(), load_watch.cpu()};
  const long loaded = memory("VmRSS");

  const Watch record_watch;
  for (const stage3::Device& device : store.devices())
    store.record(result_for(device));
  const double record[] = {record_watch.wall(), record_watch.cpu()};

  const Watch save_watch;
  if (!store.save().written) throw std::runtime_error("nothing was saved");
  const double save[] = {save_watch.wall(), save_watch.cpu()};
  const long peak = memory("VmHWM");
  std::printf(
      "{\"load_wall_ms\": %.3f, \"load_cpu_ms\": %.3f, \"record_cpu_ms\": %.3f, "
      "\"save_wall_ms\": %.3f, \"save_cpu_ms\": %.3f, \"devices\": %zu, \"loaded_bytes\": %ld, "
      "\"peak_bytes\": %ld, \"devices_bytes\": %ld}\n",
      load[0], load[1], record[1], save[0], save[1], store.devices().size(), loaded - before,
      peak - before, measure_devices(store));
}

void run(const std::vector<std::string>& arguments) {
  const std::string command = arguments.empty() ? "" : arguments[0];
  if (command == "make" && arguments.size() == 3) {
    make(arguments[1], static_cast<unsigned>(std::stoul(arguments[2])));
  } else if (command == "raw" && arguments.size() == 2) {
    measure_raw(arguments[1]);
  } else if (command == "store" && arguments.size() == 2) {
    measure_store(arguments[1]);
  } else {
    throw std::runtime_error("usage: state-bench make FILE DEVICES | raw FILE | store FILE");
  }
}

}  // namespace

int main(int argc, char** argv) try {
  run({argv + 1, argv + argc});
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "state-bench: %s\n", error.what());
  return 1;
}
