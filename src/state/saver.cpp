#include "state/saver.hpp"

#include <optional>
#include <utility>

#include "json/position.hpp"
#include "state/failure.hpp"
#include "state/leftover.hpp"
#include "state/lock_file.hpp"
#include "state/merge.hpp"
#include "state/names.hpp"
#include "state/replacement.hpp"
#include "state/shown.hpp"

namespace stage3::state {
namespace {

constexpr unsigned kMaxRounds = 50;
constexpr std::chrono::seconds kReadPatience{3};
constexpr std::chrono::milliseconds kReadPause{20};
constexpr std::chrono::milliseconds kPoliteness{500};
constexpr std::chrono::milliseconds kQuiet{2};

/// The file as it is found now cannot be read; perhaps somebody is in the middle of writing it.
class Unsettled : public Failure {
 public:
  using Failure::Failure;
};

bool was_changed_lately(const struct stat& status) {
  constexpr std::chrono::seconds kLately{1};
  const auto changed_at = std::chrono::seconds(status.st_mtim.tv_sec) +
                          std::chrono::nanoseconds(status.st_mtim.tv_nsec);
  return std::chrono::system_clock::now().time_since_epoch() - changed_at < kLately;
}

/// Finds the entry of each result; tells those that have none to go to.
std::vector<const Record*> assign(const Document& document, const Recorded& recorded,
                                  SaveReport& report) {
  std::vector<const Record*> records(document.entries.size(), nullptr);
  for (std::size_t i = 0; i < recorded.records.size(); ++i) {
    if (recorded.records[i] == nullptr) continue;
    // Most likely it is where it was.
    if (const auto index = document.find(recorded.devices[i].mac, i)) {
      records[*index] = recorded.records[i];
    } else {
      report.vanished.push_back(recorded.devices[i].key);
    }
  }
  return records;
}

void check_settled(FileSystem& system, const Original& original) {
  if (!is_same_version(status_of(system, original.fd.get()), original.status)) {
    throw Unsettled("it is being written by somebody else");
  }
}

/// Makes `document` what the open file holds. Mostly it is that already.
void refresh(FileSystem& system, const Original& original, Document& document) {
  const int fd = original.fd.get();
  if (has_bytes(system, fd, document.bytes)) return check_settled(system, original);

  Contents contents;
  contents.document.bytes = read_whole(system, fd);
  check_settled(system, original);
  if (const auto problem = parse(contents, "")) {
    const json::Position at = json::position_at(contents.document.bytes, problem->offset);
    throw Unsettled("it has been changed and is no state file any more: line " +
                    std::to_string(at.line) + ", column " + std::to_string(at.column) + ": " +
                    problem->message);
  }
  document = std::move(contents.document);
}

}  // namespace

Saver::Saver(FileSystem& system, std::string path) : system_(system), path_(std::move(path)) {}

SaveReport Saver::save(Document& document, const Recorded& recorded) {
  const Target target = resolve(system_, path_);
  const SaveLock lock(target);
  const auto polite_until = system_.now() + kPoliteness;
  std::vector<std::string> rescue_notices;
  for (unsigned round = 0; round < kMaxRounds; ++round) {
    let_others_finish(target, polite_until);
    const Original original = read_current(target, document);
    if (round == 0) {
      clear_leftover(target, document.bytes, original.status.st_uid, rescue_notices);
    }
    SaveReport report;
    report.notices = rescue_notices;
    std::optional<TempFile> temp;
    report.written = merge(document, assign(document, recorded, report), [&](auto block) {
      if (!temp) temp.emplace(target.directory, target.sibling(suffix::kTemp));
      temp->write(block);
    });
    if (!report.written || replace(target, original, document, *temp, report.notices)) {
      return report;
    }
  }
  throw Failure("somebody else kept changing it");
}

/// Who changed the file a moment ago may be about to do it again. An exchange that meets their
/// change is undone, but what they read in between would be ours, and their change missing in it.
void Saver::let_others_finish(const Target& target, std::chrono::steady_clock::time_point until) {
  while (system_.now() < until) {
    struct stat before {};
    if (!target.directory.stat(target.name, before) || !was_changed_lately(before)) return;
    system_.sleep(kQuiet);
    struct stat after {};
    if (target.directory.stat(target.name, after) && is_same_version(before, after)) return;
  }
}

bool Saver::replace(const Target& target, const Original& original, const Document& document,
                    TempFile& temp, std::vector<std::string>& notices) {
  temp.complete(original, notices);
  const auto backup = has_backup_ ? Replacement::Backup::keep : Replacement::Backup::make;
  if (!Replacement(target, original, document.bytes, backup, notices).put(temp)) return false;
  has_backup_ = true;
  return true;
}

/// Waits a while for the file to be whole.
Original Saver::read_current(const Target& target, Document& document) {
  const auto deadline = system_.now() + kReadPatience;
  for (;;) {
    try {
      Original original;
      original.fd = target.directory.open_regular(target.name);
      if (!original.fd) throw Unsettled("No such file or directory");
      original.status = status_of(system_, original.fd.get());
      refresh(system_, original, document);
      return original;
    } catch (const Unsettled&) {
      if (system_.now() >= deadline) throw;
    }
    system_.sleep(kReadPause);
  }
}

}  // namespace stage3::state
