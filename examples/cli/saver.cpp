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
  const bool is_worth_it = unsaved_ >= kResults && !has_failed_;
  if (is_worth_it || age >= kInterval) save();
}

bool Saver::save_all() {
  return unsaved_ == 0 || save();
}

bool Saver::save() {
  const Clock::time_point start = Clock::now();
  has_failed_ = true;
  try {
    const stage3::SaveReport report = store_.save();
    for (const std::string& notice : report.notices)
      tell_once(notice);
    for (const std::string& key : report.vanished) {
      tell_once("the entry " + key + " is no longer in " + store_.path() +
                ": its result is not recorded");
    }
    unsaved_ = 0;
    has_failed_ = false;
  } catch (const std::exception& error) {
    tell_once(error.what());
  }
  saved_at_ = Clock::now();
  cost_ = saved_at_ - start;
  return !has_failed_;
}

void Saver::tell_once(const std::string& text) {
  if (told_.insert(text).second) console_.message(text);
}

}  // namespace cli
