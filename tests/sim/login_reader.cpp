#include <limits>

#include "json_node.hpp"
#include "settings.hpp"
#include "settings_reader.hpp"

namespace sim {
void read_login(const Node& node, LoginPlan& plan) {
  node.expect_keys({"password", "nonces", "signs_query", "opaque", "nonce_lifetime", "nonce_uses",
                    "slots", "slots_used", "slot_window", "frees_slots", "lost_after",
                    "lockout_after", "lockout_seconds", "lockout_memory"});
  constexpr auto kMaxCount = std::numeric_limits<std::uint32_t>::max();
  node.read("password", plan.password);
  if (plan.password.empty()) node.fail("\"password\" is missing or empty");
  if (const auto nonces = node.find("nonces")) {
    plan.nonces = static_cast<NonceStyle>(nonces->word({"hex_time", "decimal_time", "slots"}));
  }
  if (const auto signs = node.find("signs_query")) plan.signs_query = signs->flag();
  if (const auto opaque = node.find("opaque")) plan.opaque = opaque->text();
  node.read("nonce_lifetime", plan.nonce_lifetime, 0, kMaxSeconds);
  if (const auto uses = node.find("nonce_uses")) {
    plan.nonce_uses = static_cast<std::uint32_t>(uses->integer(1, kMaxCount));
  }
  if (const auto slots = node.find("slots")) plan.slots = slots->integer(1, 1000);
  if (const auto used = node.find("slots_used")) plan.slots_used = used->integer(0, plan.slots);
  node.read("slot_window", plan.slot_window, 0, kMaxSeconds);
  node.read("frees_slots", plan.frees_slots);
  if (const auto lost = node.find("lost_after")) {
    plan.lost_after = static_cast<std::uint32_t>(lost->integer(0, kMaxCount));
  }
  if (const auto after = node.find("lockout_after")) {
    plan.lockout_after = static_cast<std::uint32_t>(after->integer(0, kMaxCount));
  }
  node.read("lockout_seconds", plan.lockout_seconds, 0, kMaxSeconds);
  node.read("lockout_memory", plan.lockout_memory, 0, kMaxSeconds);
}

}  // namespace sim
