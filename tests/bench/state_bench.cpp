// Loads, records and saves the state of a whole fleet, and in turns with it reads and writes as
// many bytes with fsync: what any program would have to do at least. Prints the times and their
// ratio.
//
//   state-bench [DEVICES [ROUNDS [DIRECTORY]]]     100000, 9, the working directory

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <stage3/state_store.hpp>

namespace {

constexpr std::int64_t kLastWeek = 1'795'000'000;

using Clock = std::chrono::steady_clock;

/// Milliseconds since it was made.
class Watch {
 public:
  double wall() const {
    return std::chrono::duration<double, std::milli>(Clock::now() - wall_).count();
  }
  double cpu() const { return cpu_now() - cpu_; }

 private:
  static double cpu_now() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) / 1e6;
  }

  Clock::time_point wall_ = Clock::now();
  double cpu_ = cpu_now();
};

/// One measured thing over all rounds.
struct Series {
  std::vector<double> wall;
  std::vector<double> cpu;

  void add(const Watch& watch) {
    wall.push_back(watch.wall());
    cpu.push_back(watch.cpu());
  }
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

/// About 435 bytes an entry, as Python's json.dump(indent=2) writes it after a run.
std::string fleet(unsigned devices) {
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
  return text + "\n  }\n}\n";
}

void write_with_fsync(const std::string& path, const std::string& bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  const bool ok = fd >= 0 &&
                  write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                  fsync(fd) == 0;
  if (fd >= 0) close(fd);
  if (!ok) throw std::runtime_error("cannot write " + path);
}

std::string read_plainly(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct stat status {};
  if (fd < 0 || fstat(fd, &status) != 0) throw std::runtime_error("cannot read " + path);
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  if (read(fd, bytes.data(), bytes.size()) != status.st_size)
    throw std::runtime_error("short read");
  close(fd);
  return bytes;
}

void measure_raw(const std::string& path, Series& raw) {
  const Watch watch;
  write_with_fsync(path + ".raw", read_plainly(path));
  raw.add(watch);
}

stage3::DeviceResult result_for(const stage3::Device& device, std::int64_t now) {
  stage3::DeviceResult result;
  result.device = device;
  result.outcome = stage3::Outcome::ok;
  result.ota_status = stage3::OtaStatus::up_to_date;
  result.friendly_status = stage3::FriendlyStatus::ok;
  result.id = "shellyplus1pm-a8032abe54dc";
  result.app = "Plus1PM";
  result.fw = "1.7.5";
  result.fw_id = "20251117-101010/1.7.5-g0123456";
  result.device_name = "K\u00fcche";
  result.finished_at = result.last_seen = now;
  return result;
}

struct Store {
  Series load;
  Series record;
  Series save;
};

void measure_store(const std::string& path, std::int64_t now, Store& times) {
  const Watch load;
  stage3::StateStore store = stage3::StateStore::load(path);
  times.load.add(load);
  const Watch record;
  for (const stage3::Device& device : store.devices())
    store.record(result_for(device, now));
  times.record.add(record);
  const Watch save;
  if (!store.save().written) throw std::runtime_error("nothing was saved");
  times.save.add(save);
}

long peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

void print(const char* what, const Series& series) {
  std::printf("%-22s %8.1f ms %8.1f ms CPU\n", what, median(series.wall), median(series.cpu));
}

void run(unsigned devices, unsigned rounds, const std::string& directory) {
  const std::string path = directory + "/state_bench.json";
  const std::string bytes = fleet(devices);
  Series raw;
  Store store;
  std::vector<double> ratio;
  for (unsigned round = 0; round < rounds; ++round) {
    write_with_fsync(path, bytes);
    measure_raw(path, raw);
    measure_store(path, kLastWeek + round, store);
    ratio.push_back((store.load.wall.back() + store.save.wall.back()) / raw.wall.back());
  }
  for (const char* suffix : {"", ".raw", ".bak", ".lock"})
    unlink((path + suffix).c_str());
  std::printf("%u devices, %.1f MB, medians of %u rounds\n", devices,
              static_cast<double>(bytes.size()) / 1e6, rounds);
  print("read + write + fsync", raw);
  print("load", store.load);
  print("record all", store.record);
  print("save", store.save);
  std::printf("(load + save) / raw    %8.2f       (to reach: 4)\n", median(ratio));
  std::printf("peak memory            %8ld MB    (the bench's own copy of the file included)\n",
              peak_megabytes());
}

}  // namespace

int main(int argc, char** argv) try {
  const auto number = [&](int index, unsigned otherwise) {
    return argc > index ? static_cast<unsigned>(std::strtoul(argv[index], nullptr, 10)) : otherwise;
  };
  run(number(1, 100'000), number(2, 9), argc > 3 ? argv[3] : ".");
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "state-bench: %s\n", error.what());
  return 1;
}
