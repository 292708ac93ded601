// The whole conversation with one device, in which the input is the world. Its first line has a
// letter for each setting (see scripted_policy.hpp), each other line says what becomes of the next
// action (see scripted_world.hpp).

#include <stage3/device_probe.hpp>

#include "json_tree.hpp"
#include "scripted_policy.hpp"
#include "scripted_world.hpp"
#include "target.hpp"
#include "witness.hpp"

using namespace stage3::fuzz;
using namespace stage3;

namespace {

constexpr int kMaxActions = 40;

/// The probe; the mutant repeats an update that a busy device turned away.
class Subject {
 public:
  Subject(const Policy& policy, const Device& device) : probe_(policy, device) {}

  template <class Event>
  Action on(const Event& event) {
    return probe_.on(event);
  }
  Action on(const Reply& reply, const Call& call) {
    Action action = probe_.on(reply);
    const bool is_update = call.target.find("Shelly.Update") != std::string::npos;
    return kMutant && is_update && reply.status == 503 ? Action(call) : action;
  }
  DeviceProbe& probe() { return probe_; }

 private:
  DeviceProbe probe_;
};

Action answer(Subject& subject, const Action& action, const Script::Turn& turn, Witness& witness) {
  if (turn.is_out_of_order()) return subject.on(Started{});
  if (std::holds_alternative<Ping>(action)) return subject.on(Pinged{turn.says_yes()});
  if (std::holds_alternative<Wait>(action)) return subject.on(Waited{});
  if (std::holds_alternative<Permit>(action)) {
    witness.granted(turn.says_yes());
    return subject.on(Granted{turn.says_yes()});
  }
  const auto& call = std::get<Call>(action);
  const std::string body = turn.body_for(call);
  const Reply reply = turn.reply_to(body);
  witness.saw(call, reply);
  return subject.on(reply, call);
}

void check_ended(Subject& subject) {
  const DeviceResult result = subject.probe().result();
  const std::string line = to_json(result);
  require(parse_json(line).has_value(), "a result is JSON");
  require(std::holds_alternative<Done>(subject.on(Started{})) &&
              std::holds_alternative<Done>(subject.on(Waited{})) &&
              std::holds_alternative<Done>(subject.on(Granted{true})),
          "what has ended stays so");
  subject.probe().abandon();
  require(to_json(subject.probe().result()) == line, "a result is final");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest = as_text(data, size);
  const ScriptedPolicy settings(next_line(rest));
  Script script(rest);
  Subject subject(settings.policy(), settings.device());
  Witness witness(settings);

  Action action = subject.on(Started{});
  bool abandoned = false;
  for (int i = 0; !std::holds_alternative<Done>(action) && !abandoned; ++i) {
    require(i < kMaxActions, "a conversation ends");
    const Script::Turn turn = script.next();
    if (const auto* call = std::get_if<Call>(&action)) witness.judge(*call);
    if (turn.abandons()) {
      subject.probe().abandon();
      abandoned = true;
    } else {
      action = answer(subject, action, turn, witness);
    }
  }
  witness.judge(subject.probe().result(), abandoned);
  check_ended(subject);
  return 0;
}
