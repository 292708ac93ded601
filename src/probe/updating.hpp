#pragma once

#include <cstdint>
#include <string>

#include "probe/awaiting.hpp"
#include "probe/chapter.hpp"
#include "rpc/answers.hpp"

namespace stage3::probe {

/// Brings the firmware up to date, if it may start now.
class Updating : public Chapter {
 public:
  Updating(Conversation& conversation, Exchange& exchange, Awaiting& next)
      : Chapter(conversation, exchange), next_(next) {}

  /// `attempt`: how often this build will have been sent to the device then.
  /// The offer is the one in the result.
  Action begin(OtaStage, int attempt);

  /// Shelly.Update may have reached the device, whatever it answered.
  bool has_left() const { return call_ == UpdateCall::may_have_arrived; }

 private:
  enum class UpdateCall { not_made, made, may_have_arrived };

  Action granted(const Granted&);
  Action offered_again(const Reply&);
  Action ask_status();
  Action status_read(const Reply&);
  Action still_same(const Reply&);
  Action start();
  Action answered(const Reply&);
  /// `doubt`: why it is not known whether it has started; empty: it is.
  Action sent(const std::string& doubt);
  Action refused(const Reply&);
  Action end_with(OtaStatus);

  /// What is to be on record from before the send on. Made when it is wanted: thousands wait for
  /// their permits.
  UpdateRecord record() const;

  Awaiting& next_;
  OtaStage stage_ = OtaStage::stable;
  int attempt_ = 1;
  /// Seconds since the epoch.
  std::int64_t sent_at_ = 0;
  Moment granted_{};
  /// When the device was asked what is offered to it.
  Duration offered_at_{};
  UpdateCall call_ = UpdateCall::not_made;
};

}  // namespace stage3::probe
