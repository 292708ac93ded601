#include "saver.hpp"

#include "console.hpp"

namespace cli {
namespace {

constexpr std::size_t kResults = 500;
constexpr std::chrono::seconds kInterval{10};
constexpr int kTimesCost = 10;  // saving a huge file over and over must not fill the run

}  // namespace

Saver::Saver(stage3::StateStore& store, Console& console, bool enabled)
    : store_(store), console_(console), enabled_(enabled) {}

void Saver::record(const stage3::DeviceResult& result) {
  if (!enabled_) return;
  store_.record(result);
  ++unsaved_;
}

void Saver::save_if_due() {
  const Clock::duration age = Clock::now() - saved_at_;
  if (unsaved_ == 0 || age < kTimesCost * cost_) return;
  if (unsaved_ >= kResults || age >= kInterval) save();
}

bool Saver::save_all() {
  return unsaved_ == 0 || save();
}

bool Saver::save() {
  const Clock::time_point start = Clock::now();
  bool saved = false;
  try {
    const stage3::SaveReport report = store_.save();
    for (const std::string& notice : report.notices)
      tell_once(notice);
    for (const std::string& key : report.vanished) {
      tell_once("the entry " + key + " is no longer in " + store_.path() +
                ": its result is not recorded");
    }
    unsaved_ = 0;
    saved = true;
  } catch (const std::exception& error) {
    console_.message(error.what());
  }
  saved_at_ = Clock::now();
  cost_ = saved_at_ - start;
  return saved;
}

void Saver::tell_once(const std::string& text) {
  if (told_.insert(text).second) console_.message(text);
}

}  // namespace cli
