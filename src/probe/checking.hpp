#pragma once

#include <string>

#include "probe/chapter.hpp"
#include "rpc/answers.hpp"

namespace stage3::probe {

class Updating;

/// Is the firmware current? If not, and if it may be, it is brought up to date next.
class Checking : public Chapter {
 public:
  Checking(Conversation& conversation, Exchange& exchange, Updating& next)
      : Chapter(conversation, exchange), next_(next) {}

  Action begin();

 private:
  Action checked(const Reply&);
  Action judge(const rpc::Offers&);
  Action take(const rpc::Offer&, OtaStage);

  Updating& next_;
};

}  // namespace stage3::probe
