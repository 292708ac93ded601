#include "state/saver.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "disk/failure.hpp"
#include "disk/file_io.hpp"
#include "disk/lock_file.hpp"
#include "disk/names.hpp"
#include "disk/room.hpp"
#include "disk/settled.hpp"
#include "disk/trial.hpp"
#include "json/position.hpp"
#include "state/growth.hpp"
#include "state/leftover.hpp"
#include "state/merge.hpp"
#include "state/shown.hpp"

namespace stage3::state {
namespace {

constexpr unsigned kMaxRounds = 50;
constexpr std::chrono::milliseconds kPoliteness{500};
constexpr std::chrono::milliseconds kQuiet{2};
/// Who has just slept is not soon made to wait for a processor. In the middle of an exchange that
/// would be long enough for others to read our file for theirs, and write it back.
constexpr std::chrono::microseconds kFreshTurn{50};

/// A file without any entry is no place for results: somebody is about to fill it, or has lost it.
Assigned assign_in_file(Document& document, const Recorded& recorded) {
  Assigned assigned = assign(document, recorded);
  if (document.entries.empty() && !assigned.vanished.empty())
    throw disk::Failure("it holds no device any more");
  return assigned;
}

std::string told_of_key(const std::string& key) {
  return "the entry " + key +
         " has got another TLS key (stage3.tls) from somebody else while its device was asked: "
         "that "
         "key stays, no update is sent to the device, and the next run goes by what the file says";
}

/// Makes `document` what the open file holds. Mostly it is that already.
void refresh(disk::FileSystem& system, const disk::Original& original, Document& document) {
  const int fd = original.fd.get();
  if (disk::has_bytes(system, fd, document.bytes)) return disk::check_settled(system, original);

  Contents contents;
  contents.document.bytes = disk::read_whole(system, fd);
  disk::check_settled(system, original);
  if (const auto problem = parse(contents, "")) {
    const json::Position at = json::position_at(contents.document.bytes, problem->offset);
    throw disk::Unsettled("it has been changed and is no state file any more: line " +
                          std::to_string(at.line) + ", column " + std::to_string(at.column) + ": " +
                          problem->message);
  }
  document = std::move(contents.document);
}

}  // namespace

Saver::Saver(disk::Target target, const struct stat& loaded)
    : system_(target.directory.system()), target_(std::move(target)), looked_at_(loaded) {}

void Saver::check_writable(const Document& document, const std::vector<Device>& devices) {
  size_ = document.bytes.size();
  size_in_the_end_ = size_with_results(document, devices);
  disk::look_before_saving(target_, size_in_the_end_);
  const disk::SaveLock lock(target_);
  // No run could read it any more.
  if (size_in_the_end_ > disk::kMaxFileBytes)
    throw disk::Failure("with results it may be larger than 256 MiB");
  disk::try_saving(target_, document.bytes, size_in_the_end_, course_);
}

void Saver::check_still_writable() {
  struct stat status {};
  std::size_t others = 0;
  if (target_.directory.stat(target_.name, status)) {
    const auto size = static_cast<std::size_t>(status.st_size);
    others = size - std::min(size, size_);
    check_content(status);
  }
  disk::look_before_saving(target_, size_in_the_end_ + others);
  disk::check_room(target_.directory, size_in_the_end_ + others);
}

/// A version that has not been looked at yet must be a state file with entries: nothing else takes
/// a result.
void Saver::check_content(const struct stat& status) {
  if (disk::is_same_version(status, looked_at_) || !S_ISREG(status.st_mode)) return;
  const UniqueFd file = target_.directory.open_regular(target_.name);
  if (!file) return;
  Contents contents;
  contents.document.bytes = disk::read_whole(system_, file.get());
  if (parse(contents, "") || contents.document.entries.empty())
    throw disk::Failure("it has been changed and holds no device any more");
  looked_at_ = status;
}

/// What cannot be had is no failure of a save that has succeeded: the next look reads the file.
void Saver::note_own_version() noexcept {
  try {
    target_.directory.stat(target_.name, looked_at_);
  } catch (const disk::Failure&) {
    looked_at_ = {};
  }
}

/// What others have put into the file, or taken out, comes on top of what was reckoned with.
void Saver::note_size(std::size_t size) {
  size_in_the_end_ = std::max(size_in_the_end_ + size, size_) - size_;
  size_ = size;
}

SaveReport Saver::save(Document& document, const Recorded& recorded) {
  const disk::SaveLock lock(target_);
  const auto polite_until = system_.now() + kPoliteness;
  std::vector<std::string> rescued;
  course_.has_idle_writer = false;
  for (unsigned round = 0; round < kMaxRounds; ++round) {
    let_others_finish(polite_until);
    if (round == 0) {
      late_writers_.look(target_, course_, rescued);
      clear_leftover_of(document, rescued);
    }
    // Who pauses before each exchange may find each time that others were faster.
    const bool is_polite = round < kMaxRounds / 2 && system_.now() < polite_until;
    SaveReport report;
    report.notices = rescued;
    switch (save_once(document, recorded, is_polite, report)) {
      case Outcome::done:
        course_.note_to(report.notices);
        return report;
      case Outcome::changed:
        break;
      case Outcome::being_written:
        wait_for_writer();
    }
  }
  throw disk::Failure("somebody else kept changing it");
}

Saver::Outcome Saver::save_once(Document& document, const Recorded& recorded, bool is_polite,
                                SaveReport& report) {
  disk::Original original = read_current(document);
  note_size(document.bytes.size());
  if (original.status.st_nlink > 1) course_.has_other_names = true;
  const mode_t mode = disk::mode_of_new(system_, original, course_);
  std::optional<disk::TempFile> temp;
  std::size_t written = 0;
  Assigned assigned = assign_in_file(document, recorded);
  report.vanished = std::move(assigned.vanished);
  report.ambiguous = std::move(assigned.ambiguous);
  for (const std::string& key : assigned.rekeyed)
    report.notices.push_back(told_of_key(key));
  report.written = merge(document, assigned.records, [&](auto block) {
    if (!temp) temp.emplace(target_.directory, target_.sibling(disk::suffix::kTemp), mode);
    temp->write(block);
    written += block.size();
  });
  if (!report.written) {
    if (course_.needs_sync) target_.directory.sync();
    course_.needs_sync = false;
    return Outcome::done;
  }
  if (!temp->complete(original, report.notices) && course_.can_set_mode) {
    course_.can_set_mode = false;
    return Outcome::changed;  // once more, with the right mode from the beginning
  }
  if (is_polite) system_.sleep(kFreshTurn);
  disk::Replacement replacement(target_, original, document.bytes, course_, report.notices);
  const Outcome outcome = replacement.put(*temp);
  if (outcome == Outcome::done) {
    size_ = written;
    note_own_version();
    if (replacement.writers() == disk::Writers::none) return outcome;
    if (course_.has_idle_writer) course_.idle_writes_to = replacement.kept_as();
    late_writers_.watch(std::move(original), replacement.kept_as());
  }
  return outcome;
}

void Saver::clear_leftover_of(Document& document, std::vector<std::string>& notices) {
  struct stat leftover {};
  if (!target_.directory.stat(target_.sibling(disk::suffix::kTemp), leftover)) return;
  const disk::Original original = read_current(document);
  clear_leftover(target_, document.bytes, original.status.st_uid, notices);
}

/// Who changed the file a moment ago may be about to do it again. An exchange that meets their
/// change is undone, but what they read in between would be ours, and their change missing in it.
void Saver::let_others_finish(std::chrono::steady_clock::time_point until) {
  constexpr std::chrono::seconds kLately{1};
  while (system_.now() < until) {
    struct stat before {};
    if (!target_.directory.stat(target_.name, before) ||
        !disk::was_changed_within(system_, before, kLately)) {
      return;
    }
    system_.sleep(kQuiet);
    struct stat after {};
    if (target_.directory.stat(target_.name, after) && disk::is_same_version(before, after)) return;
  }
}

/// Waits until nobody has the file open for writing any more, or has not used that for a while:
/// many an editor, or a program that crashed half-way, keeps it open for ever.
void Saver::wait_for_writer() {
  const auto deadline = system_.now() + disk::kPatience;
  struct stat seen {};
  auto since = system_.now();
  for (;;) {
    const UniqueFd file = target_.directory.open_regular(target_.name);
    if (!file || disk::writers_of(system_, file.get()) != disk::Writers::some) return;
    const struct stat now = disk::status_of(system_, file.get());
    if (!disk::is_same_version(seen, now)) {
      seen = now;
      since = system_.now();
    }
    if (system_.now() - since >= disk::kIdle) {
      course_.has_idle_writer = true;
      return;
    }
    if (system_.now() >= deadline) {
      throw disk::Failure("another process has it open for writing and keeps changing it");
    }
    system_.sleep(disk::kPause);
  }
}

/// Waits a while for the file to be whole.
disk::Original Saver::read_current(Document& document) {
  const auto deadline = system_.now() + disk::kPatience;
  for (;;) {
    try {
      disk::Original original;
      original.fd = target_.directory.open_regular(target_.name);
      if (!original.fd) throw disk::Unsettled("No such file or directory");
      original.status = disk::status_of(system_, original.fd.get());
      refresh(system_, original, document);
      return original;
    } catch (const disk::Unsettled&) {
      if (system_.now() >= deadline) throw;
    }
    system_.sleep(disk::kPause);
  }
}

}  // namespace stage3::state
