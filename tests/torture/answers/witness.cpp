#include "witness.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "../../shelly/shelly.hpp"
#include "../../sim/digest.hpp"

namespace answers {

const char* const kPassword = "k4nari-v0gel";

namespace {

using Fields = std::map<std::string, std::string>;

std::string get(const Fields& fields, const char* name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

}  // namespace

void Witness::complain(const std::string& words) {
  if (std::find(complaints_.begin(), complaints_.end(), words) == complaints_.end())
    complaints_.push_back(words);
}

void Witness::take(const serving::Request& request) {
  was_right_ = false;
  if (shelly::writes(request.rpc)) take_command(request);
  if (request.has_authorization) take_login(request);
}

void Witness::take_command(const serving::Request& request) {
  if (!is_known_) complain(request.rpc + " before the device was known");
  const auto before = may_repeat_.find(request.rpc);
  if (before != may_repeat_.end() && !before->second) complain(request.rpc + " sent twice");
  updates_ += shelly::starts_update(request.rpc);
}

void Witness::take_login(const serving::Request& request) {
  if (!is_known_) complain("login before the device was known");
  if (shelly::asks_identity(request.rpc)) complain("login with " + request.rpc);
  if (sim::auth_scheme(request.authorization) != "Digest")
    return complain("Authorization that is no digest");
  const Fields fields = sim::digest_fields(request.authorization);
  const std::size_t before = complaints_.size();
  if (get(fields, "algorithm") != "SHA-256")
    complain("digest with algorithm \"" + get(fields, "algorithm") + "\"");
  if (get(fields, "realm") != realm_) complain("digest for a foreign realm");
  if (get(fields, "username") != "admin") complain("digest for another user");
  if (get(fields, "qop") != "auth") complain("digest without qop=auth");
  if (get(fields, "uri") != request.target) complain("digest for another target");
  if (complaints_.size() == before &&
      get(fields, "response") !=
          sim::digest_response(fields, kPassword, request.method, request.target))
    complain("digest is wrong");
  take_nonce(get(fields, "nonce"), get(fields, "nc"));
  was_right_ = complaints_.size() == before;
}

void Witness::take_nonce(const std::string& nonce, const std::string& count) {
  const auto issued = issued_.find(nonce);
  if (issued == issued_.end())
    complain("digest with a nonce that nobody gave");
  else if (!issued->second)
    complain("answer to a challenge that is none");
  if (is_refused_ && renewed_.count(nonce) == 0) complain("login after a refusal");
  const auto number = static_cast<unsigned>(std::strtoul(count.c_str(), nullptr, 16));
  const auto [used, is_new] = used_.emplace(nonce, number);
  if (count.size() != 8 || (is_new ? number != 1 : number <= used->second))
    complain("digest with a count that does not rise from 1");
  used->second = number;
  if (used_.size() > allowed_) complain("more than one login");
}

void Witness::gave(const serving::Request& request, const Answer& answer) {
  const bool is_broken = answer.head == Head::broken && !answer.is_murky;
  const bool is_said_plainly = answer.head == Head::clean && !answer.is_murky;
  const bool is_challenge = answer.status == 401 || !is_said_plainly;
  bool has_good = false;
  for (const Challenge& challenge : answer.challenges) {
    const bool may_be_answered = challenge.is_good && is_challenge && !is_broken;
    issued_.emplace(challenge.nonce, may_be_answered);
    has_good = has_good || may_be_answered;
  }
  if (request.has_authorization && answer.status == 401 && !is_broken) gave_refusal(answer);
  // Who lacks room for nonces is asked for a new one.
  if (request.has_authorization && answer.status == 429) ++allowed_;
  if (shelly::writes(request.rpc))
    may_repeat_[request.rpc] = (answer.status == 401 && has_good) || answer.status == 429;
  const bool is_cut = answer.cut && !answer.is_body_odd;
  const bool is_success = answer.status == 200 || !is_said_plainly;
  if (answer.tells_identity && is_success && !is_broken && !is_cut) is_known_ = true;
}

void Witness::gave_refusal(const Answer& answer) {
  const bool is_said_plainly = answer.head == Head::clean && !answer.is_murky;
  // What is reset may be lost on its way, and what comes slowly may find nobody waiting any more.
  const bool has_come = answer.end != Script::End::reset && answer.splits.empty();
  const bool is_certain = is_said_plainly && has_come;
  std::string renewed;
  for (const Challenge& challenge : answer.challenges)
    if (challenge.is_good && challenge.is_stale && !has_renewed_) renewed = challenge.nonce;
  if (is_certain) {
    is_refused_ = true;
    has_renewed_ = has_renewed_ || !renewed.empty();
    renewed_.clear();
  }
  if (renewed.empty()) return;
  renewed_.insert(renewed);
  ++allowed_;
}

}  // namespace answers
