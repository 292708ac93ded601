#pragma once

#include <stage3/device_probe.hpp>

namespace stage3::probe {

/// Whoever has steps: the exchange and the chapters.
class StepOwner {};

/// What reads an event and says what to do next: a member function of its owner. The kind of event
/// is part of the type, so that a wait cannot be paired with the step that reads a reply.
template <class Event>
class Step {
 public:
  Step() = default;
  template <class Owner>
  Step(Owner* owner, Action (Owner::*method)(const Event&))
      : owner_(owner), method_(static_cast<Action (StepOwner::*)(const Event&)>(method)) {}

  Action operator()(const Event& event) const { return (owner_->*method_)(event); }

  template <class Owner>
  bool is(Action (Owner::*method)(const Event&)) const {
    return method_ == static_cast<Action (StepOwner::*)(const Event&)>(method);
  }

 private:
  StepOwner* owner_ = nullptr;
  Action (StepOwner::*method_)(const Event&) = nullptr;
};

}  // namespace stage3::probe
