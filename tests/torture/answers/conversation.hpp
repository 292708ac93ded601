#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../../shelly/shelly.hpp"
#include "../serving/peer.hpp"
#include "answer.hpp"
#include "attacks.hpp"
#include "challenges.hpp"
#include "witness.hpp"

namespace answers {

/// What kind of device it is, and which of its answers are odd.
struct Plan {
  std::string name;        ///< as it is asked for on the command line
  std::uint64_t seed = 0;  ///< no other conversation has it
  bool is_protected = true;
  bool says_auth_en = true;
  bool tells_name = false;     ///< in the answer that tells its identity
  bool is_old = false;         ///< takes parameters in the body
  bool begins_at_404 = false;  ///< knows no RPC at first, as a Gen1 device
  unsigned odd_from = 1;       ///< the first odd answer, from 1 on
  unsigned odd_count = 1;
  const Attack* attack = nullptr;  ///< nullptr: random oddities
  std::size_t variant = 0;

  /// `random=SEED`
  static Plan random(std::uint64_t seed);
  /// `NAME=VARIANT@CALL`
  static Plan of(const Attack& attack, std::size_t variant, unsigned call);
  /// Calls that a conversation of any kind has, if nothing goes wrong.
  static constexpr unsigned kCalls = 10;
  /// How many variants there are with the devices that each is done to.
  static std::size_t variants_of(const Attack& attack) { return 2 * attack.variants; }
};

/// A device, and its whole conversation.
class Conversation final : public serving::Peer {
 public:
  /// `trap`: where its redirects lead; outlives this. `keeps_trace`: what came and went is kept.
  Conversation(Plan plan, const std::string& trap, bool keeps_trace);

  serving::Script answer(const serving::Request& request) override;

  const Plan& plan() const { return plan_; }
  const std::string& mac() const { return shelly_.mac; }
  const Witness& witness() const { return witness_; }
  unsigned calls() const { return calls_; }
  unsigned odd_answers() const { return odd_answers_; }
  const std::vector<std::string>& trace() const { return trace_; }

 private:
  Answer due(const serving::Request& request);
  Answer good(const serving::Request& request);
  bool is_odd_now() const;

  Plan plan_;
  const std::string& trap_;
  bool keeps_trace_;
  shelly::Device shelly_;
  Challenger challenger_;
  Witness witness_;
  unsigned calls_ = 0;
  unsigned odd_answers_ = 0;
  std::vector<std::string> trace_;
};

}  // namespace answers
