#include "world.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <memory>
#include <stdexcept>
#include <utility>

namespace stage3::nights {

ssize_t World::Disk::write(int fd, const void* from, std::size_t size) {
  if (!is_full) return FileSystem::write(fd, from, size);
  errno = ENOSPC;
  return -1;
}

int World::Disk::allocate(int fd, off_t size) {
  if (!is_full) return FileSystem::allocate(fd, size);
  errno = ENOSPC;
  return -1;
}

/// The network of one worker. What happens later holds a share of its state, so that a worker may
/// go before that.
class World::Wire final : public net::Network {
 public:
  Wire(World& world, int cancel_fd) : world_(world), cancel_fd_(cancel_fd) {}
  ~Wire() override { *is_there_ = false; }

  int fd() const noexcept override { return -1; }
  void wake() noexcept override { is_woken_ = true; }
  void set_deadline(std::optional<Clock::time_point> deadline) override { deadline_ = deadline; }

  void wait(std::optional<std::chrono::milliseconds> timeout) override {
    std::optional<Clock::time_point> end = deadline_;
    const auto consider = [&](Clock::time_point time) { end = end ? std::min(*end, time) : time; };
    if (timeout) consider(world_.now() + *timeout);
    if (!overdue_.empty()) consider(overdue_.begin()->first);
    while (!has_something() && (!end || world_.now() < *end))
      world_.go_on(end);
    is_woken_ = false;
    if (is_cancelled()) cancel_fd_ = -1;  // it stays readable for ever, and has been seen
  }

  std::optional<Event> take_event() override {
    if (echoes_.empty()) return std::nullopt;
    return Event{take_echo()};
  }
  bool end_overdue_call() override;
  net::Transfer* next_finished() override;
  std::unique_ptr<net::Transfer> make_transfer() override;

  std::optional<std::uint16_t> ping(const Address& to, void* owner) override {
    const std::uint16_t ticket = next_ticket_++;
    pings_[ticket] = owner;
    const Host* const host = world_.find(to);
    if (host != nullptr && host->echo) {
      later(*host->echo, [this, ticket] {
        if (pings_.count(ticket) > 0) echoes_.push_back(ticket);
      });
    }
    return ticket;
  }
  void forget_ping(std::uint16_t ticket) noexcept override {
    pings_.erase(ticket);
    echoes_.erase(std::remove(echoes_.begin(), echoes_.end(), ticket), echoes_.end());
  }
  std::size_t count_pings() const noexcept override { return pings_.size(); }
  void* next_answered(const Address&) noexcept override {
    return echoes_.empty() ? nullptr : take_echo();
  }

 private:
  friend class WireTransfer;

  bool has_something() const {
    return is_woken_ || !echoes_.empty() || !finished_.empty() || is_cancelled();
  }
  bool is_cancelled() const {
    pollfd look{cancel_fd_, POLLIN, 0};
    return ::poll(&look, 1, 0) == 1;
  }

  void* take_echo() {
    const std::uint16_t ticket = echoes_.front();
    echoes_.pop_front();
    void* const owner = pings_.at(ticket);
    pings_.erase(ticket);
    return owner;
  }

  void later(Span after, std::function<void()> what) {
    world_.happen(world_.now() + after, [is_there = is_there_, what = std::move(what)] {
      if (*is_there) what();
    });
  }

  World& world_;
  int cancel_fd_;
  const std::shared_ptr<bool> is_there_ = std::make_shared<bool>(true);
  bool is_woken_ = false;
  std::optional<Clock::time_point> deadline_;
  std::uint16_t next_ticket_ = 0;
  std::map<std::uint16_t, void*> pings_;
  std::deque<std::uint16_t> echoes_;
  std::multimap<Clock::time_point, WireTransfer*> overdue_;
  std::deque<WireTransfer*> finished_;
};

class World::WireTransfer final : public net::Transfer {
 public:
  explicit WireTransfer(Wire& wire) : wire_(wire) {}

  void serve(const Address& address, void* owner) override {
    address_ = address;
    owner_ = owner;
  }

  void start(const Call& call) override {
    World& world = wire_.world_;
    world.sent_.push_back({world.elapsed(), address_, call.target});
    deadline_ =
        wire_.overdue_.emplace(world.now() + std::chrono::duration_cast<Span>(call.timeout), this);
    const Host* const host = world.find(address_);
    if (host == nullptr) return;
    answer_ = host->answer(call);
    if (!answer_.after) return;
    wire_.later(*answer_.after, [this, nth = ++calls_, is_alive = std::weak_ptr(is_alive_)] {
      if (!is_alive.expired() && nth == calls_ && deadline_) end(std::nullopt);
    });
  }

  void abandon() noexcept override {
    auto& finished = wire_.finished_;
    finished.erase(std::remove(finished.begin(), finished.end(), this), finished.end());
    forget_deadline();
  }

  void* owner() const noexcept override { return owner_; }

  Reply reply() const override {
    Reply reply;
    reply.failure = failure_;
    if (failure_) return reply;
    reply.status = answer_.status;
    reply.body = answer_.body;
    return reply;
  }

  bool lacked_descriptor() const noexcept override { return false; }

  void end(std::optional<Cause> failure) {
    failure_ = failure;
    forget_deadline();
    wire_.finished_.push_back(this);
  }

 private:
  void forget_deadline() noexcept {
    if (deadline_) wire_.overdue_.erase(*deadline_);
    deadline_.reset();
  }

  Wire& wire_;
  const std::shared_ptr<bool> is_alive_ = std::make_shared<bool>(true);
  Address address_;
  void* owner_ = nullptr;
  std::uint64_t calls_ = 0;
  Answer answer_;
  std::optional<Cause> failure_;
  std::optional<std::multimap<Clock::time_point, WireTransfer*>::iterator> deadline_;
};

bool World::Wire::end_overdue_call() {
  if (overdue_.empty() || overdue_.begin()->first > world_.now()) return false;
  overdue_.begin()->second->end(Cause::timeout);
  return true;
}

net::Transfer* World::Wire::next_finished() {
  if (finished_.empty()) return nullptr;
  WireTransfer* const transfer = finished_.front();
  finished_.pop_front();
  return transfer;
}

std::unique_ptr<net::Transfer> World::Wire::make_transfer() {
  return std::make_unique<WireTransfer>(*this);
}

void World::go_on(std::optional<Clock::time_point> end) {
  if (events_.empty() && !end) throw std::logic_error("a worker waits for what never happens");
  if (events_.empty() || (end && events_.begin()->first > *end)) {
    now_ = *end;
    return;
  }
  const auto next = events_.begin();
  now_ = std::max(now_, next->first);
  const auto what = std::move(next->second);
  events_.erase(next);
  what();
}

const World::Host* World::find(const Address& address) const {
  const auto host = hosts_.find(address);
  return host == hosts_.end() ? nullptr : &host->second;
}

void World::pass(Span time) {
  const auto end = now_ + time;
  while (now_ < end)
    go_on(end);
}

std::int64_t World::utc() const noexcept {
  constexpr std::int64_t kEvening = 1'800'000'000;
  return kEvening + std::chrono::duration_cast<std::chrono::seconds>(elapsed() + ahead_).count();
}

std::unique_ptr<net::Network> World::open_network(int cancel_fd, const std::string&) {
  return std::make_unique<Wire>(*this, cancel_fd);
}

void World::fill_random(void* ret_bytes, std::size_t size) {
  auto* const bytes = static_cast<std::uint8_t*>(ret_bytes);
  std::generate(bytes, bytes + size, [this] { return static_cast<std::uint8_t>(random_()); });
}

}  // namespace stage3::nights
