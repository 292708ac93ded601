#include <limits>
#include <vector>

#include "json_build.hpp"
#include "json_node.hpp"
#include "settings_reader.hpp"
#include "update_plan.hpp"

namespace sim {
namespace {

constexpr std::uint64_t kMaxTimes = std::numeric_limits<std::uint32_t>::max();

/// What the device shows in the end: by default what was offered.
Firmware read_becomes(const Node& node, const Firmware& offered) {
  node.expect_keys({"ver", "fw_id"});
  std::string version = offered.version;
  std::string build_id;
  node.read("ver", version);
  node.read("fw_id", build_id);
  return make_firmware(version, build_id);
}

/// "1.7.5", {"version":...,"build_id":...,"becomes":...} or null for none.
std::optional<Offer> read_offer(const Node& node) {
  if (node.is_null()) return std::nullopt;
  if (node.is_text()) return make_offer(node.text(), "");
  node.expect_keys({"version", "build_id", "becomes"});
  std::string version;
  std::string build_id;
  node.read("version", version);
  node.read("build_id", build_id);
  if (version.empty()) node.fail("\"version\" is missing");
  Offer offer = make_offer(version, build_id);
  if (const auto becomes = node.find("becomes")) {
    offer.becomes = read_becomes(*becomes, offer.firmware);
  }
  return offer;
}

void read_times(const Node& node, const char* key, std::uint64_t min, std::uint32_t& target) {
  if (const auto times = node.find(key)) {
    target = static_cast<std::uint32_t>(times->integer(min, kMaxTimes));
  }
}

OfferChange read_change(const Node& node) {
  node.expect_keys({"stable", "beta", "after_seconds", "for_seconds", "period_seconds",
                    "after_checks", "for_checks", "period_checks", "after_updates"});
  OfferChange change;
  if (const auto stable = node.find("stable")) change.stable = read_offer(*stable);
  if (const auto beta = node.find("beta")) change.beta = read_offer(*beta);
  if (!change.stable && !change.beta) node.fail("\"stable\" or \"beta\" must say what changes");
  node.read("after_seconds", change.after_seconds, 0, kMaxSeconds);
  node.read("for_seconds", change.for_seconds, 0, kMaxSeconds);
  node.read("period_seconds", change.period_seconds, 0.01, kMaxSeconds);
  read_times(node, "after_checks", 0, change.after_checks);
  read_times(node, "for_checks", 1, change.for_checks);
  read_times(node, "period_checks", 1, change.period_checks);
  read_times(node, "after_updates", 0, change.after_updates);
  return change;
}

/// {"code":...,"message":...}, or a word that stands for one.
std::optional<RpcError> read_refusal(const Node& node) {
  static const std::vector<std::optional<RpcError>> kWords = {
      std::nullopt,
      RpcError{-114, "Resource unavailable: No update info!"},
      RpcError{-109, "Failed precondition: Low battery!"},
      RpcError{-109, "Failed precondition: Restart pending!"},
      RpcError{-109, "Failed precondition: Already in progress!"},
  };
  if (node.is_text()) {
    return kWords[node.word({"none", "no_info", "low_battery", "pending_restart", "in_progress"})];
  }
  node.expect_keys({"code", "message"});
  RpcError error{0, "Failed!"};
  const auto code = node.find("code");
  if (!code || !code->value().IsInt()) node.fail("\"code\" must be an integer");
  error.code = code->value().GetInt();
  node.read("message", error.message);
  return error;
}

UpdateResult read_result(const Node& node) {
  return static_cast<UpdateResult>(node.word({"install", "discard", "cut_short", "stuck", "lost"}));
}

/// An array, or what is the only element of one.
template <typename T>
void read_each(const Node& node, const char* key, T (*read)(const Node&), std::vector<T>& target) {
  const auto list = node.find(key);
  if (!list) return;
  target.clear();
  if (!list->is_array()) {
    target.push_back(read(*list));
    return;
  }
  for (const Node& item : list->items())
    target.push_back(read(item));
  if (target.empty()) list->fail("must not be empty");
}

std::optional<RebootsAgain> read_reboots(const Node& node) {
  if (node.is_null()) return std::nullopt;
  node.expect_keys({"every_seconds", "times", "goes_back"});
  RebootsAgain again;
  node.read("every_seconds", again.every, 0.01, kMaxSeconds);
  if (again.every == 0) node.fail("\"every_seconds\" is missing");
  read_times(node, "times", 1, again.times);
  node.read("goes_back", again.goes_back);
  if (again.goes_back && !node.find("times")) node.fail("\"goes_back\" needs \"times\"");
  return again;
}

void read_vendor(const Node& node, UpdatePlan& plan) {
  if (const auto stable = node.find("stable")) plan.stable = read_offer(*stable);
  if (const auto beta = node.find("beta")) plan.beta = read_offer(*beta);
  if (const auto changes = node.find("changes")) {
    plan.changes.clear();
    for (const Node& change : changes->items())
      plan.changes.push_back(read_change(change));
  }
  if (const auto alt = node.find("alt")) {
    if (!alt->is_object()) alt->fail("must be an object");
    plan.alt = to_json(alt->value());
  }
  if (const auto step = node.find("step")) {
    plan.step = read_offer(*step);
    plan.step_is_default = false;
  }
  node.read("offers_step", plan.offers_step);
  node.read("internet", plan.has_internet);
}

void read_outcome(const Node& node, UpdatePlan& plan) {
  read_each(node, "refusal", &read_refusal, plan.refusals);
  if (const auto busy = node.find("busy")) {
    const auto error = read_refusal(*busy);
    if (!error) busy->fail("a second update is always refused; say how");
    plan.busy = *error;
  }
  read_each(node, "result", &read_result, plan.results);
  node.read("loses_name", plan.loses_name);
  if (const auto again = node.find("reboots_again")) plan.reboots_again = read_reboots(*again);
}

}  // namespace

void read_update(const Node& node, UpdatePlan& plan) {
  node.expect_keys({"stable", "beta", "changes", "alt", "step", "offers_step", "internet",
                    "refusal", "busy", "result", "loses_name", "reboots_again",
                    "self_update_seconds", "apply_seconds", "pending_seconds", "reboot_seconds",
                    "away"});
  read_vendor(node, plan);
  read_outcome(node, plan);
  if (const auto own = node.find("self_update_seconds")) {
    plan.self_update_at.reset();
    if (!own->is_null()) plan.self_update_at = own->number(0, kMaxSeconds);
  }
  node.read("apply_seconds", plan.apply_seconds, 0, kMaxSeconds);
  node.read("pending_seconds", plan.pending_seconds, 0, kMaxSeconds);
  node.read("reboot_seconds", plan.reboot_seconds, 0, kMaxSeconds);
  if (const auto away = node.find("away")) {
    plan.is_silent_away = away->word({"reset", "silent"}) == 1;
  }
}

}  // namespace sim
