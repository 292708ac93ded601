#include "run/board.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <new>
#include <string_view>
#include <utility>

namespace stage3::run {

namespace {

bool has_mac(const Device& device, const Mac& mac) {
  const auto& aliases = device.aliases;
  return device.mac == mac || std::find(aliases.begin(), aliases.end(), mac) != aliases.end();
}

/// Whether two entries may be of one device.
bool share_a_mac(const Device& a, const Device& b) {
  return has_mac(a, b.mac) || std::any_of(b.aliases.begin(), b.aliases.end(),
                                          [&](const Mac& alias) { return has_mac(a, alias); });
}

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
  const std::lock_guard<std::mutex> lock(mutex_);
  while (!added.empty()) {
    if (Line* const line = line_at(added.front()))
      enter(*line, added);
    else
      waiting_.splice(waiting_.end(), added, added.begin());
  }
}

std::optional<Device> Board::start() {
  const std::lock_guard<std::mutex> lock(mutex_);
  while (in_flight_ + returning_ < places_ && !waiting_.empty()) {
    const Device& next = waiting_.front();
    if (Line* const line = taken_line(next)) {
      waited_for_.erase(next.address);
      enter(*line, waiting_);
      // It may have been called for something else that is free: the next one for that.
      call_next(line->devices.back());
      continue;
    }
    take_lines(next);
    ++in_flight_;
    return leave_queue();
  }
  return std::nullopt;
}

std::optional<Board::Answered> Board::take_answered() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (served_.empty()) return std::nullopt;
  Served& served = served_.front();
  Answered next{take_front(served.devices), served.answer};
  if (served.devices.empty()) served_.pop_front();
  return next;
}

bool Board::claim(const Device& device) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (in_flight_ + returning_ >= places_ || taken_line(device) != nullptr) return false;
  take_lines(device);
  ++in_flight_;
  return true;
}

bool Board::put_back(Device& device) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  try {
    waiting_.emplace_front();
  } catch (const std::bad_alloc&) {
    return false;
  }
  waiting_.front() = std::move(device);
  return true;
}

std::optional<Device> Board::take_waiting() {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Served& served : served_)
    waiting_.splice(waiting_.end(), served.devices);
  served_.clear();
  if (waiting_.empty() && blocked_ > 0) leave_lines();
  if (waiting_.empty()) return std::nullopt;
  return leave_queue();
}

Board::Place Board::pause() {
  const std::lock_guard<std::mutex> lock(mutex_);
  --in_flight_;
  return Place::paused;
}

Board::Place Board::resume(Place place) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (in_flight_ < places_) {
    ++in_flight_;
    if (place == Place::returning) --returning_;
    return Place::taken;
  }
  if (place == Place::paused) ++returning_;
  return Place::returning;
}

bool Board::has_returning() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return returning_ > 0;
}

bool Board::share(const Device& device, std::shared_ptr<const AddressAnswer> answer) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto line = addresses_.find(device.address);
  if (line != addresses_.end()) serve(line->second, &device, std::move(answer));
  return !served_.empty();
}

void Board::finish(const Device& device, Place place,
                   std::shared_ptr<const AddressAnswer> answer) noexcept {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (place == Place::taken) --in_flight_;
  if (place == Place::returning) --returning_;
  if (device.defect.empty()) {
    for_each_line(device, [](Line& line) { line.is_taken = false; });
    const auto line = addresses_.find(device.address);
    if (answer && line != addresses_.end()) serve(line->second, nullptr, std::move(answer));
    call_next(device);
  }
  grow();
}

/// Calls `what` with each line in which the device would wait.
template <class Do>
void Board::for_each_line(const Device& device, Do what) {
  const auto visit = [&](auto& lines, const auto& key) {
    const auto line = lines.find(key);
    if (line != lines.end()) what(line->second);
  };
  visit(addresses_, device.address);
  visit(macs_, device.mac);
  for (const Mac& alias : device.aliases)
    visit(macs_, alias);
}

/// The line that a device must wait in, the address' first: there it may be served.
Board::Line* Board::taken_line(const Device& device) {
  Line* taken = nullptr;
  // An entry that cannot be used has no address to ask.
  if (!device.defect.empty()) return taken;
  for_each_line(device, [&](Line& line) {
    if (taken == nullptr && line.is_taken) taken = &line;
  });
  return taken;
}

void Board::take_lines(const Device& device) {
  if (!device.defect.empty()) return;
  addresses_[device.address].is_taken = true;
  macs_[device.mac].is_taken = true;
  for (const Mac& alias : device.aliases)
    macs_[alias].is_taken = true;
}

/// Calls the first one of each line of the device's that nobody holds to the front of all that
/// wait: it was there first. One, not all: they would only queue up again.
void Board::call_next(const Device& device) {
  const auto visit = [&](auto& lines, const auto& key) {
    const auto line = lines.find(key);
    if (line == lines.end() || line->second.is_taken) return;
    auto& devices = line->second.devices;
    if (!devices.empty()) {
      waiting_.splice(waiting_.begin(), devices, devices.begin());
      --blocked_;
    }
    if (devices.empty()) lines.erase(line);
  };
  visit(addresses_, device.address);
  visit(macs_, device.mac);
  for (const Mac& alias : device.aliases)
    visit(macs_, alias);
}

/// Where an address is waited for already, a device waits for it there, so that it will be served
/// however many others are before it.
Board::Line* Board::line_at(const Device& device) noexcept {
  if (!device.defect.empty()) return nullptr;
  try {
    const auto line = addresses_.find(device.address);
    if (line != addresses_.end()) return &line->second;
    const bool is_first = waited_for_.insert(device.address).second;
    return is_first ? nullptr : &addresses_[device.address];
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

/// Puts the first one of `from` at the end of a line.
void Board::enter(Line& line, std::list<Device>& from) noexcept {
  line.devices.splice(line.devices.end(), from, from.begin());
  ++blocked_;
}

Device Board::leave_queue() {
  waited_for_.erase(waiting_.front().address);
  return take_front(waiting_);
}

/// Nobody will be called any more.
void Board::leave_lines() {
  const auto empty = [&](auto& lines) {
    for (auto& [key, line] : lines)
      waiting_.splice(waiting_.end(), line.devices);
  };
  empty(addresses_);
  empty(macs_);
  blocked_ = 0;
}

void Board::serve(Line& line, const Device* except,
                  std::shared_ptr<const AddressAnswer> answer) noexcept {
  Served served{std::move(answer), {}};
  for (auto device = line.devices.begin(); device != line.devices.end();) {
    const auto next = std::next(device);
    if (except == nullptr || !share_a_mac(*device, *except))
      served.devices.splice(served.devices.end(), line.devices, device);
    device = next;
  }
  if (served.devices.empty()) return;
  const std::size_t count = served.devices.size();
  try {
    served_.emplace_back();
  } catch (const std::bad_alloc&) {
    // They ask for themselves.
    line.devices.splice(line.devices.begin(), served.devices);
    return;
  }
  served_.back() = std::move(served);
  blocked_ -= count;
}

std::optional<std::size_t> Board::shrink() {
  const std::lock_guard<std::mutex> lock(mutex_);
  places_ = std::max<std::size_t>(2, std::min(places_, in_flight_)) - 1;
  finished_well_ = 0;
  if (places_told_ && places_ >= *places_told_ / 2) return std::nullopt;
  places_told_ = places_;
  return places_;
}

void Board::grow() {
  if (places_ == most_places_ || ++finished_well_ < places_) return;
  ++places_;
  finished_well_ = 0;
}

bool Board::has_waiting() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return !served_.empty() || (in_flight_ + returning_ < places_ && !waiting_.empty());
}

}  // namespace stage3::run
