#include "conversation.hpp"

#include <cstdio>
#include <utility>

#include "oddities.hpp"

namespace answers {

namespace {

std::string mac_of(std::uint64_t seed) {
  char text[13];
  std::snprintf(text, sizeof text, "%012llX",
                static_cast<unsigned long long>(seed & 0xffffffffffff));
  return text;
}

shelly::Device shelly_of(const Plan& plan) {
  shelly::Device out;
  out.mac = mac_of(plan.seed);
  out.name = R"("Alt")";
  out.tells_name = plan.tells_name;
  out.auth_en = plan.says_auth_en;
  if (plan.is_old) out.version = "0.14.4";
  return out;
}

}  // namespace

Plan Plan::random(std::uint64_t seed) {
  Dice dice(seed);
  Plan plan;
  plan.name = "random=" + std::to_string(seed);
  plan.seed = 0xE10000000000 + seed;
  plan.is_protected = dice.percent(75);
  plan.says_auth_en = dice.percent(60);
  plan.tells_name = dice.percent(50);
  plan.is_old = dice.percent(15);
  plan.begins_at_404 = dice.percent(15);
  plan.odd_from = 1 + static_cast<unsigned>(dice.below(kCalls));
  const unsigned counts[] = {1, 1, 1, 1, 1, 2, 2, 1000};
  plan.odd_count = dice.of(counts);
  return plan;
}

Plan Plan::of(const Attack& attack, std::size_t variant, unsigned call) {
  Plan plan;
  plan.name = std::string(attack.name) + "=" + std::to_string(variant) + "@" + std::to_string(call);
  const auto number = static_cast<std::uint64_t>(&attack - attacks().data());
  plan.seed = 0xE20000000000 + (number << 32) + (variant << 8) + call;
  plan.says_auth_en = variant % 2 == 0;
  plan.begins_at_404 = variant / 2 % 2 == 1;
  plan.odd_from = call;
  plan.attack = &attack;
  plan.variant = variant / 2;
  return plan;
}

Conversation::Conversation(Plan plan, const std::string& trap, bool keeps_trace)
    : plan_(std::move(plan)),
      trap_(trap),
      keeps_trace_(keeps_trace),
      shelly_(shelly_of(plan_)),
      challenger_(shelly::id_of(shelly_.mac), plan_.seed),
      witness_(shelly::id_of(shelly_.mac)) {}

serving::Script Conversation::answer(const serving::Request& request) {
  ++calls_;
  witness_.take(request);
  Answer answer = due(request);
  if (is_odd_now()) {
    ++odd_answers_;
    if (plan_.attack != nullptr) {
      plan_.attack->strike(answer, challenger_, plan_.variant);
    } else {
      Dice dice(plan_.seed, calls_);
      Surroundings around{dice, challenger_, trap_};
      make_odd(answer, around);
    }
  }
  serving::Script script = render(answer);
  witness_.gave(request, answer);
  if (keeps_trace_) {
    trace_.push_back(request.method + " " + request.target +
                     (request.has_authorization ? " [" + request.authorization + "]" : ""));
    trace_.push_back(script.bytes);
  }
  return script;
}

bool Conversation::is_odd_now() const {
  return calls_ >= plan_.odd_from && calls_ - plan_.odd_from < plan_.odd_count;
}

Answer Conversation::due(const serving::Request& request) {
  if (plan_.begins_at_404 && calls_ == 1) return make_answer(404, "Not Found");
  if (plan_.is_protected && !shelly::asks_identity(request.rpc) && !witness_.was_right()) {
    Answer answer = make_answer(401, {});
    challenger_.add_good(answer);
    return answer;
  }
  return good(request);
}

Answer Conversation::good(const serving::Request& request) {
  const shelly::Answer told = shelly::answer(shelly_, request.rpc);
  Answer answer = make_answer(told.status, told.body);
  answer.tells_identity = shelly::asks_identity(request.rpc);
  return answer;
}

}  // namespace answers
