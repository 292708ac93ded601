#include "run/decisions.hpp"

#include <iterator>
#include <utility>

namespace stage3::run {

Decisions::Ticket Decisions::expect(Inbox& inbox, Task& task) {
  return add({&inbox, &task, {}});
}

Decisions::Ticket Decisions::expect(Inbox& inbox, Task& task, const Device& device) {
  std::vector<Mac> macs(device.aliases);
  macs.push_back(device.mac);
  return add({&inbox, &task, std::move(macs)});
}

Decisions::Ticket Decisions::add(Waiting waiting) {
  const MutexLock lock(mutex_);
  const Ticket ticket = ++last_;
  waiting.place.push_back(ticket);
  const auto added = waiting_.emplace(ticket, std::move(waiting)).first;
  try {
    for (const Mac& mac : added->second.macs)
      by_mac_.emplace(mac, ticket);
  } catch (...) {
    erase(added);
    throw;
  }
  return ticket;
}

bool Decisions::decide(Ticket ticket, bool yes) noexcept {
  const MutexLock lock(mutex_);
  return settle(ticket, yes);
}

bool Decisions::decide(const Mac& mac, bool yes) noexcept {
  const MutexLock lock(mutex_);
  bool any = false;
  const auto [first, last] = by_mac_.equal_range(mac);
  for (auto ticket = first; ticket != last; ++ticket)
    any = settle(ticket->second, yes) || any;
  return any;
}

bool Decisions::settle(Ticket ticket, bool yes) noexcept {
  const auto found = waiting_.find(ticket);
  if (found == waiting_.end() || found->second.word) return false;
  Inbox& inbox = *found->second.inbox;
  inbox.decided.splice(inbox.decided.end(), found->second.place);
  found->second.word = yes;
  inbox.wake();
  return true;
}

std::optional<Decisions::Decision> Decisions::take(Inbox& inbox) noexcept {
  const MutexLock lock(mutex_);
  while (!inbox.decided.empty()) {
    const Ticket ticket = inbox.decided.front();
    inbox.decided.pop_front();
    const auto found = waiting_.find(ticket);
    if (found == waiting_.end()) continue;
    const Decision decision{found->second.task, *found->second.word};
    erase(found);
    return decision;
  }
  return std::nullopt;
}

void Decisions::forget(Ticket ticket) noexcept {
  const MutexLock lock(mutex_);
  const auto found = waiting_.find(ticket);
  if (found != waiting_.end()) erase(found);
}

void Decisions::close(Inbox& inbox) noexcept {
  const MutexLock lock(mutex_);
  for (auto waiting = waiting_.begin(); waiting != waiting_.end();) {
    const auto next = std::next(waiting);
    if (waiting->second.inbox == &inbox) erase(waiting);
    waiting = next;
  }
}

void Decisions::erase(std::map<Ticket, Waiting>::iterator waiting) noexcept {
  for (const Mac& mac : waiting->second.macs) {
    const auto [first, last] = by_mac_.equal_range(mac);
    for (auto ticket = first; ticket != last;)
      ticket = ticket->second == waiting->first ? by_mac_.erase(ticket) : std::next(ticket);
  }
  waiting_.erase(waiting);
}

}  // namespace stage3::run
