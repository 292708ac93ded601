#pragma once

#include "probe/chapter.hpp"

namespace stage3::probe {

class Checking;

/// Does the device carry its name? Then comes the update check.
class Naming : public Chapter {
 public:
  Naming(Conversation& conversation, Exchange& exchange, Checking& next)
      : Chapter(conversation, exchange), next_(next) {}

  Action begin();

 private:
  Action name_read(const Reply&);
  Action decide();
  Action write();
  void note_change();
  Action written(const Reply&);
  Action read_back(const Reply&);
  Action stranger(const Mac& found);
  Action end_with(FriendlyStatus);

  Checking& next_;
};

}  // namespace stage3::probe
