#include "state/saver.hpp"

#include <utility>

#include "json/position.hpp"
#include "state/failure.hpp"
#include "state/leftover.hpp"
#include "state/lock_file.hpp"
#include "state/merge.hpp"
#include "state/replacement.hpp"
#include "state/shown.hpp"

namespace stage3::state {
namespace {

constexpr unsigned kMaxRounds = 50;
constexpr std::chrono::seconds kReadPatience{3};
constexpr std::chrono::milliseconds kReadPause{20};

/// The file as it is found now cannot be read; perhaps somebody is in the middle of writing it.
class Unsettled : public Failure {
 public:
  using Failure::Failure;
};

/// Finds the entry of each result; tells those that have none to go to.
std::vector<const Record*> assign(const Document& document, const std::vector<Recorded>& recorded,
                                  SaveReport& report) {
  std::vector<const Record*> records(document.entries.size(), nullptr);
  for (const Recorded& result : recorded) {
    if (const auto index = document.find(result.mac, result.index)) {
      records[*index] = result.record.get();
    } else {
      report.vanished.emplace_back(result.key);
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

SaveReport Saver::save(Document& document, const std::vector<Recorded>& recorded) {
  const Target target = resolve(system_, path_);
  const SaveLock lock(target);
  std::vector<std::string> rescue_notices;
  for (unsigned round = 0; round < kMaxRounds; ++round) {
    const Original original = read_current(target, document);
    if (round == 0) {
      clear_leftover(target, document.bytes, original.status.st_uid, rescue_notices);
    }
    SaveReport report;
    report.notices = rescue_notices;
    const Splices splices = merge(document, assign(document, recorded, report));
    report.written = !splices.empty();
    if (!report.written || replace(target, original, document, splices, report.notices)) {
      return report;
    }
  }
  throw Failure("somebody else kept changing it");
}

bool Saver::replace(const Target& target, const Original& original, const Document& document,
                    const Splices& splices, std::vector<std::string>& notices) {
  TempFile temp(target.directory, target.sibling(".tmp"));
  temp.fill(document.bytes, splices, original, notices);
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
