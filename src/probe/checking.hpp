#pragma once

#include <string>

#include "probe/chapter.hpp"
#include "rpc/answers.hpp"

namespace stage3::probe {

class Awaiting;
class Updating;

/// Is the firmware current? If not, and if it may be, it is brought up to date next.
class Checking : public Chapter {
 public:
  /// `awaiting`: where an update is under way already.
  Checking(Conversation& conversation, Exchange& exchange, Updating& next, Awaiting& awaiting)
      : Chapter(conversation, exchange), next_(next), awaiting_(awaiting) {}

  Action begin();

 private:
  Action checked(const Reply&);
  Action judge(const rpc::Offers&);
  Action take(const rpc::Offer&, OtaStage);

  Action end();

  Updating& next_;
  Awaiting& awaiting_;
};

}  // namespace stage3::probe
