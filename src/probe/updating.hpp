#pragma once

#include <string>

#include "probe/chapter.hpp"
#include "rpc/answers.hpp"

namespace stage3::probe {

/// Brings the firmware up to date, if it may start now.
class Updating : public Chapter {
 public:
  Updating(Conversation& conversation, Exchange& exchange) : Chapter(conversation, exchange) {}

  Action begin(const rpc::Offer&, OtaStage);

  /// Shelly.Update may have reached the device, whatever it answered.
  bool has_left() const { return call_ == UpdateCall::may_have_arrived; }

 private:
  enum class UpdateCall { not_made, made, may_have_arrived };

  Action granted(const Granted&);
  Action still_same(const Reply&);
  Action start();
  Action answered(const Reply&);

  /// Of the offer.
  std::string build_id_;
  OtaStage stage_ = OtaStage::stable;
  UpdateCall call_ = UpdateCall::not_made;
};

}  // namespace stage3::probe
