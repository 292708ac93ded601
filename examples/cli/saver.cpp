#include "saver.hpp"

#include <algorithm>
#include <utility>

#include "console.hpp"

namespace cli {
namespace {

// A save writes the whole file anew. By number, it is due when there is as much to save as has been
// saved before, so that all of these together write a few times the file, however large it is.
constexpr std::size_t kFewestResults = 500;
// By time, it is due soon enough that a crash costs little, but takes a tenth of the time at most.
constexpr std::chrono::seconds kInterval{10};
constexpr int kTimesCost = 10;

}  // namespace

Saver::Saver(stage3::StateStore& store, Console& console, bool enabled)
    : store_(store), console_(console), enabled_(enabled) {}

void Saver::record(const stage3::DeviceResult& result) {
  if (!enabled_) return;
  store_.record(result);
  ++unsaved_;
}

void Saver::save_if_due() {
  if (unsaved_ == 0) return;
  const Clock::duration age = Clock::now() - saved_at_;
  const Clock::duration rest = kTimesCost * cost_;
  const bool is_worth_it = unsaved_ >= std::max(kFewestResults, saved_) && !has_failed_;
  if (age >= rest && (is_worth_it || age >= kInterval)) save();
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
    saved_ += std::exchange(unsaved_, 0);
    has_failed_ = false;
    cost_ = Clock::now() - start;
  } catch (const std::exception& error) {
    tell_once(error.what());
  }
  saved_at_ = Clock::now();
  return !has_failed_;
}

void Saver::tell_once(const std::string& text) {
  if (told_.insert(text).second) console_.message(text);
}

}  // namespace cli
