#pragma once

#include <string>

#include "probe/chapter.hpp"
#include "rpc/answers.hpp"

namespace stage3::probe {

class Awaiting;
class Naming;

/// Is the device there, and is it the one it should be? Then comes its name.
class Identity : public Chapter {
 public:
  /// `awaiting`: where an update was sent, and nobody is there.
  Identity(Conversation& conversation, Exchange& exchange, Naming& next, Awaiting& awaiting)
      : Chapter(conversation, exchange), next_(next), awaiting_(awaiting) {}

  Action start(const Started&);
  /// Once more, for a device that has a new firmware.
  Action begin_anew();
  /// What the right device tells of itself.
  void note(const rpc::DeviceInfo&);

 private:
  Action pinged(const Pinged&);
  rpc::Request who_are_you();
  Action identified(const Reply&);
  Action asked(const Reply&);
  Action introduced(const Reply&);
  Action offline(const Reply&);
  Action not_there(const Reply&);
  Action runs_update(const Reply&);

  Naming& next_;
  Awaiting& awaiting_;
};

}  // namespace stage3::probe
