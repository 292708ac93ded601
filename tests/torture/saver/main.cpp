// A program that saves results into a state file over and over, as the tests of tests/torture want
// it: each save records another name for its devices, so that there is always something to write.
// Prints `ready` when the file is loaded (and, with --trial, a save has been tried; `refused: ` and
// why otherwise), then a line a save, `saved` or the error, and ends with 0 if all saves succeeded,
// else with 3.

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "../command_line/command_line.hpp"
#include "harsh_file_system.hpp"
#include "naive.hpp"
#include "state/load.hpp"
#include "state/results.hpp"
#include "state/saver.hpp"

namespace stage3::torture {
namespace {

constexpr std::int64_t kRunTime = 1'795'444'265;
constexpr int kNotSaved = 3;

struct Options {
  std::string path;
  std::string tag = "save";
  std::string mutant = "none";
  unsigned saves = 1;
  unsigned pause_us = 0;
  bool until_eof = false;
  bool wait_for_line = false;
  bool hurry = false;
  bool trial = false;
  unsigned part = 0;
  unsigned parts = 1;
  unsigned cut_at = 0;
  bool cut_after = false;
  bool flush_journal = false;
};

void add_options(::torture::CommandLine& line, Options& options) {
  line.argument("FILE", options.path);
  line.option("--tag", options.tag, "the names are TAG-1 and so on, one a save");
  line.option("--mutant", options.mutant, "the protection that is taken out");
  line.option("--saves", options.saves, "how many times to save");
  line.option("--pause-us", options.pause_us, "microseconds between two saves");
  line.flag("--until-eof", options.until_eof, "save until stdin ends, then once more");
  line.flag("--wait", options.wait_for_line, "wait for a line on stdin before the first save");
  line.flag("--hurry", options.hurry, "waiting for others takes no time");
  line.flag("--trial", options.trial, "try before `ready` whether a save will succeed");
  line.option("--part", options.part, "record only each PARTS-th device, from this one on");
  line.option("--parts", options.parts);
  line.option("--cut-at", options.cut_at, "cut the power before this call of the save");
  line.flag("--cut-after", options.cut_after, "cut the power when all is saved");
  line.flag("--flush-journal", options.flush_journal, "the journal reaches the disk, data not");
}

void tell(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

/// Saves with the real protocol or with none.
class Saving {
 public:
  Saving(const Options& options, HarshFileSystem& system)
      : system_(system),
        path_(options.path),
        mutant_(mutant_of(options.mutant)),
        loaded_(state::load(system, options.path, "friendly_name")),
        contents_(std::move(loaded_.contents)),
        saver_(std::in_place, std::move(loaded_.target)),
        results_(contents_.devices.size()),
        part_(options.part),
        parts_(options.parts) {}

  bool can_be_saved() {
    if (mutant_ == Mutant::no_trial) return true;
    try {
      saver_->check_writable(contents_.document, contents_.devices);
      return true;
    } catch (const std::exception& error) {
      tell(std::string("refused: ") + error.what());
      return false;
    }
  }

  void save(const std::string& name) {
    record(name);
    if (mutant_ == Mutant::backup_twice) saver_.emplace(disk::resolve(system_, path_));
    const state::Results::Snapshot snapshot(results_);
    const state::HandedOut devices(contents_.devices);
    const state::Recorded recorded{devices, snapshot.records(), sends_};
    if (mutant_ == Mutant::in_place || mutant_ == Mutant::read_and_rename) {
      naive_save(mutant_, path_, contents_.document, recorded);
    } else {
      saver_->save(contents_.document, recorded);
    }
  }

 private:
  void record(const std::string& name) {
    for (std::size_t i = part_; i < contents_.devices.size(); i += parts_) {
      DeviceResult result;
      result.device = contents_.devices[i];
      result.outcome = Outcome::ok;
      result.ota_status = OtaStatus::up_to_date;
      result.friendly_status = FriendlyStatus::ok;
      result.fw = "1.7.5";
      result.device_name = name;
      result.finished_at = result.last_seen = kRunTime;
      results_.add(i, result, contents_.devices[i].on_record.get());
    }
  }

  HarshFileSystem& system_;
  std::string path_;
  Mutant mutant_;
  state::Loaded loaded_;
  state::Contents contents_;
  std::optional<state::Saver> saver_;
  state::Results results_;
  state::Sends sends_;
  std::size_t part_;
  std::size_t parts_;
};

bool stdin_has_ended() {
  pollfd in{STDIN_FILENO, POLLIN, 0};
  char ignored = 0;
  return ::poll(&in, 1, 0) > 0 && ::read(STDIN_FILENO, &ignored, 1) <= 0;
}

bool save_once(Saving& saving, const std::string& name) {
  try {
    saving.save(name);
    tell("saved " + name);
    return true;
  } catch (const std::exception& error) {
    tell(std::string("not saved: ") + error.what());
    return false;
  }
}

int run(const Options& options) {
  HarshFileSystem system(mutant_of(options.mutant));
  system.cut_power_at(options.cut_at, std::filesystem::path(options.path).parent_path(),
                      options.flush_journal ? HarshFileSystem::Journal::flushed
                                            : HarshFileSystem::Journal::not_flushed);
  if (options.hurry) system.hurry();
  Saving saving(options, system);
  if (options.trial && !saving.can_be_saved()) return kNotSaved;
  tell("ready");
  if (options.wait_for_line) std::getchar();

  bool all_saved = true;
  unsigned number = 0;
  bool is_last = false;
  while (!is_last) {
    // Asked before the save: the last one begins when everybody else is done.
    is_last = options.until_eof ? stdin_has_ended() : number + 1 >= options.saves;
    all_saved = save_once(saving, options.tag + "-" + std::to_string(++number)) && all_saved;
    std::this_thread::sleep_for(std::chrono::microseconds(options.pause_us));
  }
  if (options.cut_after) system.cut_power();
  return all_saved ? 0 : kNotSaved;
}

}  // namespace
}  // namespace stage3::torture

int main(int argc, char** argv) try {
  stage3::torture::Options options;
  torture::CommandLine line("Saves results into a state file");
  stage3::torture::add_options(line, options);
  if (const auto status = line.parse(argc, argv)) return *status;
  return stage3::torture::run(options);
} catch (const std::exception& error) {
  std::fprintf(stderr, "torture-saver: %s\n", error.what());
  return 1;
}
