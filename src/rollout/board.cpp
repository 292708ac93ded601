#include "rollout/board.hpp"

#include <functional>
#include <iterator>
#include <new>
#include <string_view>
#include <utility>

namespace stage3::rollout {

namespace {

template <class T>
T take_front(std::list<T>& list) {
  T front = std::move(list.front());
  list.pop_front();
  return front;
}

}  // namespace

std::size_t Board::Hash::operator()(const Address& address) const noexcept {
  const auto& bytes = address.bytes();
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return std::hash<std::string_view>()(text) ^ address.port();
}

void Board::add(std::vector<Device> devices) {
  std::list<Device> added(std::make_move_iterator(devices.begin()),
                          std::make_move_iterator(devices.end()));
  while (!added.empty()) {
    if (Line* const line = line_at(added.front()))
      lines_.enter(*line, added);
    else
      waiting_.splice(waiting_.end(), added, added.begin());
  }
}

std::optional<Device> Board::start() {
  while (slots_.has_free() && !waiting_.empty()) {
    const Device& next = waiting_.front();
    if (Line* const line = lines_.taken_by_another(next)) {
      waited_for_.erase(next.address);
      lines_.enter(*line, waiting_);
      // It may have been called for something else that is free: the next one for that.
      lines_.call_next(line->devices.back(), waiting_);
      continue;
    }
    lines_.take(next);
    slots_.take();
    return leave_queue();
  }
  return std::nullopt;
}

std::optional<Board::Answered> Board::take_answered() {
  if (served_.empty()) return std::nullopt;
  Served& served = served_.front();
  Answered next{take_front(served.devices), served.answer};
  if (served.devices.empty()) served_.pop_front();
  return next;
}

bool Board::claim(const Device& device) {
  if (!slots_.has_free() || lines_.taken_by_another(device) != nullptr) return false;
  lines_.take(device);
  slots_.take();
  return true;
}

bool Board::put_back(Device& device) noexcept {
  try {
    waiting_.emplace_front();
  } catch (const std::bad_alloc&) {
    return false;
  }
  waiting_.front() = std::move(device);
  return true;
}

std::size_t Board::take_back(const Mac& mac) noexcept {
  const auto is_meant = [&](const Device& device) { return has_mac(device, mac); };
  // The lines first: who is called below must stay.
  std::size_t count = lines_.take_back(mac, taken_back_);
  for (auto served = served_.begin(); served != served_.end();) {
    count += move_if(served->devices, taken_back_, is_meant);
    served = served->devices.empty() ? served_.erase(served) : std::next(served);
  }
  std::list<Device> from_queue;
  count += move_if(waiting_, from_queue, is_meant);
  for (const Device& device : from_queue) {
    waited_for_.erase(device.address);
    lines_.call_next(device, waiting_);
  }
  taken_back_.splice(taken_back_.end(), from_queue);
  return count;
}

std::optional<Device> Board::take_taken_back() {
  if (taken_back_.empty()) return std::nullopt;
  return take_front(taken_back_);
}

std::optional<Device> Board::take_waiting() {
  for (Served& served : served_)
    waiting_.splice(waiting_.end(), served.devices);
  served_.clear();
  if (waiting_.empty()) lines_.empty_into(waiting_);
  if (waiting_.empty()) return std::nullopt;
  return leave_queue();
}

Board::Slot Board::pause() {
  return slots_.pause();
}

Board::Slot Board::resume(Slot slot) {
  return slots_.resume(slot);
}

Board::Slot Board::leave(const Device& device) {
  slots_.give_back(Slot::taken);
  lines_.release(device);
  lines_.call_next(device, waiting_);
  return Slot::away;
}

bool Board::come_back(const Device& device) {
  if (lines_.taken_by_another(device) != nullptr) return false;
  lines_.take(device);
  return true;
}

bool Board::has_returning() const {
  return slots_.has_returning();
}

bool Board::share(const Device& device, std::shared_ptr<const AddressAnswer> answer) {
  if (Line* const line = lines_.at(device.address)) serve(*line, line->holder, std::move(answer));
  return !served_.empty();
}

void Board::finish(const Device& device, Slot slot,
                   std::shared_ptr<const AddressAnswer> answer) noexcept {
  slots_.give_back(slot);
  if (slot != Slot::away) lines_.release(device);
  Line* const line = answer && device.defect.empty() ? lines_.at(device.address) : nullptr;
  if (line != nullptr) serve(*line, 0, std::move(answer));
  lines_.call_next(device, waiting_);
  slots_.grow();
}

/// Where an address is waited for already, a device waits for it there, so that it will be served
/// however many others are before it.
Line* Board::line_at(const Device& device) noexcept {
  if (!device.defect.empty()) return nullptr;
  try {
    if (Line* const line = lines_.at(device.address)) return line;
    const bool is_first = waited_for_.insert(device.address).second;
    return is_first ? nullptr : &lines_.make_at(device.address);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

Device Board::leave_queue() {
  waited_for_.erase(waiting_.front().address);
  return take_front(waiting_);
}

void Board::serve(Line& line, std::uint64_t except,
                  std::shared_ptr<const AddressAnswer> answer) noexcept {
  try {
    served_.emplace_back();
  } catch (const std::bad_alloc&) {
    // They ask for themselves.
    return;
  }
  Served& served = served_.back();
  served.answer = std::move(answer);
  lines_.leave(line, except, served.devices);
  if (served.devices.empty()) served_.pop_back();
}

std::optional<std::size_t> Board::shrink() {
  return slots_.shrink();
}

bool Board::has_waiting() const {
  return !served_.empty() || (slots_.has_free() && !waiting_.empty());
}

}  // namespace stage3::rollout
