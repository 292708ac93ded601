#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "net/platform.hpp"

namespace stage3::nights {

/// A machine whose time is virtual and whose network is a model: the real Runner, Worker, probes
/// and Job run in it on one thread, and a night takes as long as what is computed in it. Time goes
/// on only while a worker waits, to the next thing that happens; so a run is the same each time.
class World final : public net::Platform {
 public:
  using Span = Clock::duration;

  /// What a device does with a request.
  struct Answer {
    std::optional<Span> after;  ///< when the whole answer is there; none: never
    int status = 200;
    std::string body;
  };
  /// What stands at an address.
  struct Host {
    std::optional<Span> echo;  ///< when it answers a ping; none: never
    std::function<Answer(const Call&)> answer;
  };
  /// A request that has left.
  struct Sent {
    Span at;  ///< since the beginning
    Address to;
    std::string target;
  };

  /// One seed decides about everything that is left to chance.
  explicit World(std::uint32_t seed) : random_(seed), disk_(*this) {}

  void put(const Address& address, Host host) { hosts_[address] = std::move(host); }

  /// Has `what` happen at a time since the beginning.
  void at(Span time, std::function<void()> what) { happen(kBeginning + time, std::move(what)); }

  /// Whether the disk takes what is written; it does at first.
  void set_disk_full(bool is_full) { disk_.is_full = is_full; }

  /// Puts the wall clock so far ahead of the true time, or behind it. The one that nobody sets goes
  /// on.
  void set_clock(std::chrono::seconds ahead) { ahead_ = ahead; }

  /// Nobody runs for so long.
  void pass(Span time);

  /// Time since the beginning.
  Span elapsed() const noexcept { return now_ - kBeginning; }
  /// All requests so far, in the order of time.
  const std::vector<Sent>& sent() const noexcept { return sent_; }

  Clock::time_point now() const noexcept override { return now_; }
  std::int64_t utc() const noexcept override;
  std::unique_ptr<net::Network> open_network(int cancel_fd, const std::string& tls_ca) override;
  disk::FileSystem& file_system() override { return disk_; }
  void fill_random(void* ret_bytes, std::size_t size) override;

 private:
  class Wire;
  class WireTransfer;

  /// The machine's own disk, in the world's time. What waits for it passes the time of all.
  class Disk final : public disk::FileSystem {
   public:
    explicit Disk(World& world) : world_(world) {}
    ssize_t write(int fd, const void* from, std::size_t size) override;
    int allocate(int fd, off_t size) override;
    Clock::time_point now() override { return world_.now_; }
    void sleep(std::chrono::microseconds time) override { world_.now_ += time; }

    bool is_full = false;

   private:
    World& world_;
  };

  static constexpr Clock::time_point kBeginning{std::chrono::hours(1)};

  void happen(Clock::time_point time, std::function<void()> what) {
    events_.emplace(time, std::move(what));
  }
  /// Moves on to the next event and has it happen, unless that is after `end`: then to that.
  void go_on(std::optional<Clock::time_point> end);
  const Host* find(const Address& address) const;

  std::mt19937 random_;
  Clock::time_point now_ = kBeginning;
  std::chrono::seconds ahead_{};
  std::multimap<Clock::time_point, std::function<void()>> events_;
  std::map<Address, Host> hosts_;
  std::vector<Sent> sent_;
  Disk disk_;
};

}  // namespace stage3::nights
