#include "rollout/sent_updates.hpp"

#include <algorithm>

namespace stage3::rollout {

namespace {

/// By then an update has ended: it takes from half a minute to a few.
constexpr auto kInstalling = std::chrono::minutes(10);

/// A round that takes longer has no end.
constexpr auto kLongestRound = std::chrono::hours(24);

}  // namespace

void SentUpdates::note(const Device& device, const std::string& version, std::uint64_t round,
                       Clock::time_point now) {
  if (sent_.size() >= forget_at_) forget(round, now);
  sent_.insert_or_assign(device.mac, Sent{version, round, now});
  for (const Mac& alias : device.aliases)
    sent_.insert_or_assign(alias, Sent{version, round, now});
}

bool SentUpdates::forbid(const Device& device, const std::string& version, std::uint64_t round,
                         Clock::time_point now) const {
  return has(device, [&](const Sent& sent) {
    return counts(sent, round, now) && (sent.round == round || sent.version == version);
  });
}

bool SentUpdates::is_of_round(const Device& device, std::uint64_t round,
                              Clock::time_point now) const {
  return has(device,
             [&](const Sent& sent) { return counts(sent, round, now) && sent.round == round; });
}

template <class Wanted>
bool SentUpdates::has(const Device& device, Wanted wanted) const {
  const auto is_wanted = [&](const Mac& mac) {
    const auto sent = sent_.find(mac);
    return sent != sent_.end() && wanted(sent->second);
  };
  return is_wanted(device.mac) ||
         std::any_of(device.aliases.begin(), device.aliases.end(), is_wanted);
}

std::size_t SentUpdates::size() const {
  return sent_.size();
}

bool SentUpdates::counts(const Sent& sent, std::uint64_t round, Clock::time_point now) {
  return now - sent.time <
         (sent.round == round ? Clock::duration(kLongestRound) : Clock::duration(kInstalling));
}

void SentUpdates::forget(std::uint64_t round, Clock::time_point now) {
  for (auto sent = sent_.begin(); sent != sent_.end();)
    sent = counts(sent->second, round, now) ? std::next(sent) : sent_.erase(sent);
  forget_at_ = std::max<std::size_t>(64, 2 * sent_.size());
}

}  // namespace stage3::rollout
