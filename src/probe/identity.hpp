#pragma once

#include <string>

#include "probe/chapter.hpp"
#include "rpc/answers.hpp"

namespace stage3::probe {

class Naming;

/// Is the device there, and is it the one it should be? Then comes its name.
class Identity : public Chapter {
 public:
  Identity(Conversation& conversation, Exchange& exchange, Naming& next)
      : Chapter(conversation, exchange), next_(next) {}

  Action start(const Started&);

 private:
  Action pinged(const Pinged&);
  rpc::Request who_are_you();
  Action identified(const Reply&);
  Action asked(const Reply&);
  Action introduced(const Reply&);
  Action offline(const Reply&);
  Action refuse(Cause, const std::string& words);
  void note(const rpc::DeviceInfo&);

  Naming& next_;
};

}  // namespace stage3::probe
