#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <variant>

#include "probe/conversation.hpp"
#include "probe/login.hpp"
#include "probe/step.hpp"
#include "rpc/requests.hpp"

namespace stage3::probe {

/// How a conversation asks and is answered. A chapter says what it wants with a verb and names the
/// step that reads what comes of it; login, back-off, the one repetition and the second look at who
/// is there happen in between, unseen by the chapters.
class Exchange : public StepOwner {
 public:
  explicit Exchange(Conversation& conversation)
      : conversation_(conversation), login_(conversation) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  void begin_with(Step<Started> first) { next_ = first; }

  /// What happened; one that does not belong to the pending action ends it all with an error.
  template <class Event>
  Action on(const Event& event);
  /// The pending call, one that writes, has to wait: who is there now, and is it the same one?
  Action on(const Postponed&);

  /// What is left of it while the device is away.
  struct Rest {
    std::array<std::uint8_t, 16> random;
    bool is_login_wanted;
    bool has_written;
  };
  Rest rest() const { return {login_.random(), is_login_wanted(), has_written_}; }
  void resume(const Rest& rest, Step<Waited> next);

  // Verbs.
  Action ping(Step<Pinged> next);
  /// A call that reads: repeated once if it fails in passing.
  Action ask(rpc::Request, Step<Reply> next);
  /// The same, not repeated.
  Action ask_once(rpc::Request, Step<Reply> next);
  /// A call that writes: never repeated, and made only to who has just said who it is. Where that
  /// is another one, the conversation ends and `next` never comes.
  Action tell(rpc::Request, Step<Reply> next);
  Action wait(Duration, Step<Waited> next);
  /// The same, of a device that is expected to go: nothing is kept for it.
  Action stay_away(Duration, Step<Waited> next);
  Action permit(Permit, Step<Granted> next);
  /// The end, with all that is known by now.
  Action done();
  /// The end, without a word on the outcome.
  void stop();

  /// What logins hash of this client's own.
  void take_random(const std::array<std::uint8_t, 16>& random) { login_.take_random(random); }
  /// The device says that it wants logins.
  void expect_login() { login_.expect(); }
  void forget_login() { login_.forget(); }
  bool is_login_wanted() const { return login_.may_be_wanted(); }

  /// What stay_away() has asked for is pending.
  bool is_away() const { return is_away_; }
  bool is_over() const { return std::holds_alternative<Over>(next_); }
  /// Something that was written has been answered; or, with `call_may_have_left`, is pending.
  bool has_written(bool call_may_have_left) const;
  /// Whether the pending call starts what goes on without us.
  bool is_starting_work() const;
  /// Nobody waits any longer for the pending call.
  void stop_waiting();

 private:
  struct Over {};
  /// The device's lock-out for want of nonces (429), which is waited out once.
  enum class BackOff { none, waited, asked_again };

  Call call_for(const rpc::Request&, Duration timeout) const;
  Duration time_limit(rpc::Patience) const;
  Action out_of_order();
  Action send(rpc::Request&&, Step<Reply> next);
  Action transmit();
  Action read(const Step<Reply>& reader, const Reply&);
  Action distrust(const Step<Reply>& reader, const Reply&);
  Action replied(const Reply&);
  void note(const Reply&);
  bool is_pending() const;
  bool is_worth_repeating(const Reply&) const;
  Action repeat(const Reply&);
  Action call_again(const Waited&);
  Action look_again();
  Action looked_again(const Reply&);

  Action challenged(const Reply&);
  Action give_up(const Login::Refusal&, const Reply&);

  // back_off.cpp
  Action refused_for_logins(const Reply&);
  Action back_off(const Reply&);
  Action ask_for_challenge();
  Action ask_for_challenge(const Waited&);
  Action challenge_asked(const Reply&);
  Action give_up_question(const Reply&);
  Action too_many_logins(const Reply&);

  Conversation& conversation_;
  std::variant<Over, Step<Started>, Step<Pinged>, Step<Reply>, Step<Waited>, Step<Granted>> next_;

  // The pending call, as it would be sent again.
  rpc::Request request_;
  Duration time_limit_{};
  Step<Reply> reader_;
  bool repeatable_ = false;
  bool has_login_ = false;

  Login login_;
  BackOff back_off_ = BackOff::none;
  bool has_written_ = false;
  bool is_away_ = false;
};

}  // namespace stage3::probe
