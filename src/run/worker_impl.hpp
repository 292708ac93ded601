#pragma once

#include <deque>
#include <list>
#include <memory>
#include <vector>

#include <stage3/runner.hpp>

#include "net/network.hpp"
#include "run/random_bytes.hpp"
#include "run/run_state.hpp"
#include "run/task.hpp"

namespace stage3 {

/// Performs the actions of the probes of one thread.
struct Worker::Impl {
  using Task = run::Task;

  explicit Impl(Runner::Impl& run);
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  /// Worker::step(), with a bound on its work besides the count: `time`; max(): none.
  std::size_t step(std::optional<std::chrono::milliseconds> timeout, Clock::duration time);

  int fd() const noexcept { return network_->fd(); }

 private:
  // A step's parts, in order.
  void wait_for_events(std::optional<std::chrono::milliseconds> timeout);
  void do_batches(Clock::time_point end);
  // One piece of work each; false: none is due.
  bool take_event();
  bool end_overdue_call();
  bool take_reply();
  bool end_taken_back();
  bool take_timer();
  bool resume_device();
  bool play_answer();
  bool release_device();
  bool take_decided();
  bool begin_device();
  bool end_device();
  bool may_begin();
  void set_deadline();

  // A probe's way from event to event.
  template <class Event>
  void advance(Task& task, const Event& event);
  /// What `step` has the probe do; a task whose step throws is over.
  template <class Step>
  Action talk(Task& task, Step step);
  void perform(Task& task, const Ping& action);
  void perform(Task& task, Call& action);
  void perform(Task& task, const Wait& action);
  void perform(Task& task, Permit& action);
  void perform(Task& task, Done& action);

  void hear(Task& task, const Reply& reply);
  /// Null: memory has run out, and the device is the caller's still. The caller holds the lock of
  /// the run's Recall.
  Task* make_task(Device& device, bool has_slot) noexcept;
  void play(Task& task, const rollout::AddressAnswer& answer);
  void put_back(Task& task);

  void on_timer(Task& task);
  void on_ping_timer(Task& task);
  void pause(Task& task);
  void resume(Task& task);
  void go_on(Task& task);
  void note_progress(Task& task);
  Moment moment() const;

  // An update, from the permit to its start.
  void decide(Task& task);
  void denied(Task& task);
  void permitted(Task& task);
  void refuse(Task& task, Granted answer);
  void take_turn(Task& task);
  void write_down(Task& task);
  void recorded(Task& task, bool is_recorded);
  void grant(Task& task);
  void end_permitting(Task& task);
  void end_away(Task& task);
  bool may_not_update(const Task& task) const;
  void forget_decision(Task& task);
  void note_sent(Task& task);
  void go_away(Task& task, Duration time);
  void come_back(Task& task);
  void hold(Task& task, Task::Doing what);
  void release(Task& task);
  void forget_held(Task& task);
  void forget_resuming(Task& task);
  void make_call(Task& task);
  bool may_write(Task& task);
  void take_reply(Task& task);
  bool wait_for_descriptor(Task& task);
  void finish(Task& task);
  void offer_slot();
  void give_slots_back(Task& task, const DeviceResult& result);
  void report(DeviceResult result);
  void report_cancelled(Device device);
  /// Memory has run out, and nobody else knows of the device any more: it must be reported, or the
  /// run would wait for it. Throws std::bad_alloc.
  [[noreturn]] void lose(Device device);

  void set_timer(Task& task, Clock::time_point time);
  void clear_timer(Task& task);
  void lend_transfer(Task& task);
  void take_transfer_back(Task& task);

  void notice_cancel();
  void abandon(Task& task);
  void take_back(Task& task);

  Clock::time_point now() const noexcept { return run_.platform.now(); }

  Runner::Impl& run_;
  const std::unique_ptr<net::Network> network_;
  Runner::Impl::Bell bell_;
  run::Recall::Hand hand_;
  std::list<Task>& tasks_ = hand_.tasks;
  run::Timers timers_;
  run::Decisions::Inbox inbox_;
  /// Their wait is over, and they get the next free slots.
  std::deque<Task*> resuming_;
  /// Until nothing holds changes back any longer.
  std::deque<Task*> held_;
  std::vector<std::unique_ptr<net::Transfer>> idle_transfers_;
  run::RandomBytes random_;
  /// Set once the cancel was noticed.
  std::optional<Clock::time_point> abandon_at_;
  /// When the next device may begin, if not now.
  std::optional<Clock::time_point> begin_at_;
  bool more_to_do_ = false;
};

}  // namespace stage3
