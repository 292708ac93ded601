// Whatever a device or a driver does: the probe ends, writes to nobody but the right device, and
// shows no login to anybody else.

#include <random>
#include <string>
#include <vector>

#include "../rounds.hpp"
#include "conversation.hpp"

using namespace stage3;

namespace {

constexpr int kMaxActions = 40;
const int kRounds = rounds(100000);

class Chaos {
 public:
  explicit Chaos(unsigned seed) : random_(seed) {}

  bool once_in(unsigned n) { return random_() % n == 0; }
  std::size_t below(std::size_t n) { return random_() % n; }

  Policy policy() {
    Policy policy;
    policy.config.ota.enabled = !once_in(5);
    policy.config.ota.mode = once_in(4) ? OtaMode::check_only : OtaMode::check_and_update;
    policy.config.ota.stage = once_in(3) ? OtaStage::beta : OtaStage::stable;
    policy.config.friendly.enabled = !once_in(5);
    policy.config.friendly.backfill = once_in(3);
    policy.dry_run = once_in(4);
    if (!once_in(3)) policy = with_password(policy);
    return policy;
  }

  std::string body() {
    static const std::vector<std::string> kBodies = {
        info(),
        info(R"("name":"Neu")"),
        info(R"("name":null,"auth_en":true)"),
        info(""),
        R"({"mac":"34945472A643","id":"shelly1-34945472a643","ver":"1.0.0","name":"Neu","auth_en":true})",
        R"({"type":"SHSW-1","mac":"A8032ABE54DC"})",
        sys_config(R"("Alt")"),
        sys_config("null"),
        sys_config("null", "34945472A643"),
        "{}",
        "null",
        "",
        offer("1.7.5"),
        offer("1.0.0"),
        R"({"beta":{"version":"2.0.0-beta1"}})",
        R"({"stable":{}})",
        R"({"code":-103,"message":"x"})",
        shelly::kSaved};
    std::string out = kBodies[below(kBodies.size())];
    if (once_in(6) && !out.empty()) out[below(out.size())] = static_cast<char>(random_());
    if (once_in(6)) out.resize(below(out.size() + 1));
    return out;
  }

  /// Most often what a device would say to this, so that conversations go on.
  std::string body_for(const std::string& target) {
    if (once_in(4)) return body();
    if (target == kInfo) return info(once_in(2) ? R"("name":"Alt","auth_en":true)" : "");
    if (target == kCheck) return offer("1.7.5");
    return "{}";
  }

  Reply reply(const std::string& body) {
    static const int kStatuses[] = {0,   100, 200, 200, 200, 200, 200, 200,
                                    204, 302, 401, 404, 429, 500, 503};
    Reply reply;
    reply.status = once_in(3) ? kStatuses[below(std::size(kStatuses))] : 200;
    reply.body = body;
    if (once_in(6))
      reply.failure = static_cast<Cause>(below(static_cast<std::size_t>(Cause::lost) + 1));
    static const std::vector<std::string> kChallenges = {
        a_challenge(), a_challenge(), a_challenge("2", ", stale=true"), "NTLM",
        "Digest qop=\"auth\", realm=\"evil\", nonce=\"1\", algorithm=MD5, stale=true"};
    if (reply.status == 401) reply.challenges.push_back(kChallenges[below(kChallenges.size())]);
    return reply;
  }

 private:
  std::mt19937 random_;
};

/// The first challenge's, a stale one's successor, and one after a 429.
constexpr int kMostNonces = 3;

bool is_for(const std::string& realm, const std::string& login) {
  return holds(login, "realm=\"" + realm + "\"") && holds(login, "algorithm=SHA-256") &&
         holds(login, "qop=auth,") && !holds(login, "secret");
}

bool is_writing(const Call& call) {
  return shelly::writes(shelly::rpc_of(call.target));
}

/// How often what is guarded has happened at all.
struct Tally {
  int updates = 0;
  int names = 0;
  int logins = 0;
  int strangers = 0;
  int postponed = 0;
};

/// One conversation in which everything may happen; returns what is wrong with it.
std::string play(Chaos& chaos, Tally& tally) {
  const Policy policy = chaos.policy();
  DeviceProbe probe(policy, a_device());
  Action action = probe.on(Started{});
  int updates = 0;
  int names = 0;
  int nonces = 0;

  for (int i = 0; i < kMaxActions; ++i) {
    if (std::holds_alternative<Done>(action)) {
      if (!probe.result().ota_status) return "ended without a status";
      if (probe.result().outcome == Outcome::cancelled) return "cancelled by nobody";
      tally.updates += updates;
      tally.names += names;
      for (const DeviceError& error : probe.result().errors)
        tally.strangers += error.cause == Cause::wrong_device;
      return "";
    }
    if (const auto* call = std::get_if<Call>(&action)) {
      if (is_writing(*call) && !probe.seen()) return "writes to a device that is not known";
      if (is_writing(*call) && policy.dry_run) return "writes in a dry run";
      const std::string& login = call->authorization;
      const bool has_login = !login.empty();
      if (has_login && !probe.seen()) return "shows a login to a device that is not known";
      if (has_login && !is_for(probe.result().id, login)) return "a login that nobody may see";
      if (has_login && call->target == kInfo) return "login where none is needed";
      if (has_login && holds(login, "nc=00000001") && ++nonces > kMostNonces)
        return "logs in again and again";
      if (call->writes != is_writing(*call)) return "tells wrongly whether it writes";
      if (call->writes && chaos.once_in(5)) {
        ++tally.postponed;
        action = probe.on(Postponed{});
        const auto* next = std::get_if<Call>(&action);
        if (next == nullptr || next->target != kInfo) return "writes without a look after a while";
        continue;
      }
      if (shelly::starts_update(shelly::rpc_of(call->target))) ++updates;
      if (shelly::writes_name(shelly::rpc_of(call->target))) ++names;
      tally.logins += has_login;
      const std::string body = chaos.body_for(call->target);
      const Reply reply = chaos.reply(body);
      // A call that is turned away for want of a login, or with a 429 to one, may come again.
      if (!reply.failure && (reply.status == 401 || reply.status == 429)) {
        if (is_writing(*call))
          (call->target.find("Update") != std::string::npos ? updates : names) -= 1;
      }
      if (updates > 1 || names > 1) return "writes twice";
      action = chaos.once_in(200) ? probe.on(Waited{}) : probe.on(reply);
    } else if (std::holds_alternative<Ping>(action)) {
      action = probe.on(Pinged{chaos.once_in(2)});
    } else if (std::holds_alternative<Wait>(action)) {
      action = probe.on(Waited{});
    } else {
      action = probe.on(Granted{!chaos.once_in(4)});
    }
  }
  return "does not end";
}

}  // namespace

TEST_CASE("a probe ends well whatever it meets") {
  Chaos chaos(20261123);
  Tally tally;
  for (int round = 0; round < kRounds; ++round) {
    const std::string problem = play(chaos, tally);
    if (problem.empty()) continue;
    CAPTURE(round);
    FAIL(problem);
  }
  CHECK(tally.updates > kRounds / 100);
  CHECK(tally.names > kRounds / 100);
  CHECK(tally.logins > kRounds / 100);
  CHECK(tally.strangers > kRounds / 100);
  CHECK(tally.postponed > kRounds / 100);
}

TEST_CASE("events in any order end in a result") {
  Chaos chaos(4711);
  for (int round = 0; round < kRounds; ++round) {
    const Policy policy = chaos.policy();
    DeviceProbe probe(policy, a_device());
    for (int i = 0; i < 12; ++i) {
      const std::string body = chaos.body();
      switch (chaos.below(7)) {
        case 0:
          probe.on(Started{});
          break;
        case 1:
          probe.on(Pinged{true});
          break;
        case 2:
          probe.on(Waited{});
          break;
        case 3:
          probe.on(Granted{true});
          break;
        case 4:
          probe.on(Postponed{});
          break;
        case 5:
          probe.on(chaos.reply(body));
          break;
        default:
          if (chaos.once_in(8)) probe.abandon();
      }
    }
    probe.abandon();
    const DeviceResult result = probe.take_result();
    if (result.outcome == Outcome::cancelled && result.ota_status)
      FAIL("a cancelled device has a status");
    if (result.outcome != Outcome::cancelled && !result.ota_status)
      FAIL("a result without a status");
  }
}
