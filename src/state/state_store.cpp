#include <stage3/state_store.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <stage3/error.hpp>

#include "disk/failure.hpp"
#include "disk/names.hpp"
#include "disk/run_lock.hpp"
#include "state/files_of.hpp"
#include "state/handed_out.hpp"
#include "state/load.hpp"
#include "state/merge.hpp"
#include "state/recorded.hpp"
#include "state/results.hpp"
#include "state/saver.hpp"
#include "state/shown.hpp"

namespace stage3 {
namespace {

/// A working directory that is gone makes no difference: the directory of the file is open.
std::string absolute(const std::string& path) {
  std::array<char, PATH_MAX> directory{};
  if (path.empty() || path.front() == '/') return path;
  if (::getcwd(directory.data(), directory.size()) == nullptr) return path;
  const std::string parent = directory.data();
  return parent + (parent == "/" ? "" : "/") + path;
}

/// Without one of these it would be the record of another update, or of none.
void check_recordable(const UpdateRecord& record) {
  const std::pair<const char*, const std::string&> texts[] = {
      {"from", record.from}, {"to", record.to}, {"build", record.build}};
  for (const auto& [name, text] : texts) {
    if (state::is_recordable(text)) continue;
    throw Error(Errc::invalid_argument, std::string("record: ") + name + " takes more than " +
                                            std::to_string(state::kMaxFact) +
                                            " bytes: no version or build id that can be recorded");
  }
}

}  // namespace

struct StateStore::Impl {
  Impl(const std::string& name, state::Contents&& contents)
      : given_path(name),
        count(contents.devices.size()),
        devices(std::move(contents.devices)),
        by_mac(contents.document.by_mac),
        results(count),
        document(std::move(contents.document)) {
    const state::HandedOut::List loaded = devices.fixed();
    for (std::size_t i = 0; i < count; ++i)
      was_usable[i] = (*loaded)[i].defect.empty();
  }

  Impl(const std::string& file, state::Loaded&& loaded) : Impl(file, std::move(loaded.contents)) {
    path = absolute(file);
    saver.emplace(std::move(loaded.target), loaded.status);
    target = &saver->target();
  }

  /// Throws Error(Errc::invalid_argument) where there is no file.
  const disk::Target& target_of_file() const {
    if (target != nullptr) return *target;
    throw Error(Errc::invalid_argument,
                given_path +
                    " is in memory only and has no file to save or to lock: its bytes, results "
                    "and all, are what merged() gives");
  }
  state::Saver& of_file() STAGE3_REQUIRES(saving) {
    target_of_file();
    return *saver;
  }

  /// What a save has put into the file: not what it tells that it has not.
  void note_sends(const std::vector<const state::Record*>& records, const SaveReport& report)
      STAGE3_REQUIRES(saving);

  /// Throws Error(Errc::invalid_argument).
  std::size_t index_of(const std::string& key) const;

  /// Has the devices handed out with what is on record by now.
  void bring_up_to_date() STAGE3_REQUIRES(handing_out);
  void bring_up_to_date(std::size_t index) STAGE3_REQUIRES(handing_out);
  void read_back() STAGE3_REQUIRES(handing_out);

  const std::string given_path;  // for messages
  std::string path;              // empty: there is no file
  const std::size_t count;       // of devices
  state::HandedOut devices;
  /// As the file was loaded. Of an entry that could not be used not all was read.
  std::vector<bool> was_usable = std::vector<bool>(count);
  const std::shared_ptr<const std::vector<std::uint32_t>> by_mac;  // indices of devices, ordered
  state::Results results;                                          // for devices
  Mutex handing_out;                                               // may wait for the next one
  Mutex saving;                                                    // or trying
  std::atomic<bool> has_saved{false};  // since the devices were brought up to date
  state::Document document STAGE3_GUARDED_BY(saving);
  state::Sends sends STAGE3_GUARDED_BY(saving);
  std::optional<state::Saver> saver STAGE3_GUARDED_BY(saving);
  const disk::Target* target = nullptr;  // the saver's, which never changes
};

void StateStore::Impl::note_sends(const std::vector<const state::Record*>& records,
                                  const SaveReport& report) {
  const state::HandedOut::List all = devices.fixed();
  std::set<std::string_view> lost(report.ambiguous.begin(), report.ambiguous.end());
  lost.insert(report.vanished.begin(), report.vanished.end());
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i] == nullptr || !records[i]->has_ota()) continue;
    if (lost.count((*all)[i].key) != 0) continue;
    const state::Record::Update update = *records[i]->content().ota;
    if (update.state != UpdateState::none) sends.add(i, update);
  }
}

std::size_t StateStore::Impl::index_of(const std::string& key) const {
  const state::HandedOut::List list = devices.fixed();
  const std::vector<Device>& all = *list;
  if (const auto mac = Mac::parse(key)) {
    auto at = std::lower_bound(
        by_mac->begin(), by_mac->end(), *mac,
        [&](std::uint32_t index, const Mac& wanted) { return all[index].mac < wanted; });
    for (; at != by_mac->end() && all[*at].mac == *mac; ++at) {
      if (all[*at].key == key) return *at;
    }
  }
  throw Error(Errc::invalid_argument, "no entry " + state::shown(key) + " in " + given_path);
}

void StateStore::Impl::bring_up_to_date() {
  read_back();
  for (const std::size_t index : results.news())
    bring_up_to_date(index);
}

void StateStore::Impl::bring_up_to_date(std::size_t index) {
  if (!results.has_news(index)) return;
  const Device before = devices.at(index);
  devices.put(index, results.on_top_of(before.on_record, index), before.defect);
}

/// What the last save has found in the file, and has left there of others.
void StateStore::Impl::read_back() {
  if (!has_saved) return;
  const MutexLock lock(saving);
  state::Contents now;
  now.document.bytes = document.bytes;
  // It was read by these rules already.
  if (state::parse_at(target->directory.system().file_time(), now, "")) return;
  has_saved = false;
  const state::HandedOut::List loaded = devices.fixed();
  for (std::size_t i = 0; i < count; ++i) {
    const auto at = document.find((*loaded)[i].mac, i);
    if (!at) continue;
    const state::Entry& entry = document.entries[*at];
    results.drop(i, entry.keeps_ota(), entry.has_key_of_others);
    devices.put(i, results.on_top_of(now.devices[*at].on_record, i),
                was_usable[i] ? now.devices[*at].defect : (*loaded)[i].defect);
  }
}

std::vector<std::string> StateStore::files_of(const std::string& path) {
  std::vector<std::string> files;
  state::add_files_of(path, files);
  const std::string file = state::file_behind(path);
  if (file != path) state::add_files_of(file, files);
  return files;
}

std::string StateStore::backup_of(const std::string& path) {
  return state::file_behind(path) + disk::suffix::kBackup;
}

StateStore StateStore::load(const std::string& path, const std::string& name_field) {
  return load(path, name_field, disk::real_file_system());
}

StateStore StateStore::load(const std::string& path, const std::string& name_field,
                            disk::FileSystem& file_system) {
  return StateStore(std::make_unique<Impl>(path, state::load(file_system, path, name_field)));
}

StateStore StateStore::parse(std::string bytes, const std::string& name_field,
                             const std::string& name) {
  state::check_name_field(name_field);
  state::Contents contents;
  contents.document.bytes = std::move(bytes);
  const auto problem = state::parse_at(disk::real_file_system().file_time(), contents, name_field);
  state::require_usable(contents.document, problem, name);
  return StateStore(std::make_unique<Impl>(name, std::move(contents)));
}

StateStore::StateStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StateStore::StateStore(StateStore&&) noexcept = default;
StateStore& StateStore::operator=(StateStore&&) noexcept = default;
StateStore::~StateStore() = default;

const std::string& StateStore::path() const noexcept {
  return impl_->path;
}

DeviceList StateStore::devices() const {
  const MutexLock lock(impl_->handing_out);
  impl_->bring_up_to_date();
  return DeviceList(impl_->devices.list());
}

Device StateStore::device(std::size_t index) const {
  const MutexLock lock(impl_->handing_out);
  impl_->read_back();
  impl_->bring_up_to_date(index);
  return impl_->devices.at(index);
}

std::size_t StateStore::size() const noexcept {
  return impl_->count;
}

void StateStore::check_writable() const {
  try {
    const MutexLock lock(impl_->saving);
    impl_->of_file().check_writable(impl_->document, *impl_->devices.fixed());
  } catch (const disk::Failure& failure) {
    throw disk::unwritable(impl_->given_path, failure);
  }
}

void StateStore::check_still_writable() const {
  try {
    const MutexLock lock(impl_->saving);
    impl_->of_file().check_still_writable();
  } catch (const disk::Failure& failure) {
    throw disk::unwritable(impl_->given_path, failure);
  }
}

void StateStore::record(const DeviceResult& result) {
  if (result.outcome == Outcome::cancelled || !result.device.defect.empty()) return;
  const std::size_t index = impl_->index_of(result.device.key);
  const Device device = impl_->devices.at(index);
  if (device.defect.empty()) impl_->results.add(index, result, device.on_record.get());
}

void StateStore::record_update(const Device& device, const UpdateRecord& record) {
  const std::size_t index = impl_->index_of(device.key);
  const Device own = impl_->devices.at(index);
  if (!own.defect.empty()) {
    throw Error(Errc::invalid_argument,
                "the entry " + state::shown(device.key) + " cannot be used: " + own.defect);
  }
  check_recordable(record);
  impl_->results.add(index, record, own.on_record.get());
}

RunLock RunLock::acquire(const StateStore& store) {
  const StateStore::Impl& impl = *store.impl_;
  return RunLock(disk::acquire_run_lock(impl.target_of_file(), impl.given_path).release());
}

void RunLock::check(const StateStore& store) {
  const StateStore::Impl& impl = *store.impl_;
  disk::check_run_lock(impl.target_of_file(), impl.given_path);
}

SaveReport StateStore::save() {
  try {
    const MutexLock lock(impl_->saving);
    const state::Results::Snapshot snapshot(impl_->results);
    const state::Recorded recorded{impl_->devices, snapshot.records(), impl_->sends};
    SaveReport report = impl_->of_file().save(impl_->document, recorded);
    impl_->note_sends(recorded.records, report);
    impl_->has_saved = true;
    return report;
  } catch (const disk::Failure& failure) {
    throw disk::unwritable(impl_->given_path, failure);
  }
}

std::string StateStore::merged() const {
  const MutexLock lock(impl_->saving);
  const state::Results::Snapshot snapshot(impl_->results);
  const state::Assigned assigned =
      state::assign(impl_->document, {impl_->devices, snapshot.records(), impl_->sends});
  std::string out;
  const auto append = [&](std::string_view block) { out += block; };
  const bool has_changed = state::merge(impl_->document, assigned.records, append);
  return has_changed ? out : impl_->document.bytes;
}

}  // namespace stage3
