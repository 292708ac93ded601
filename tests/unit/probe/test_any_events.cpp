// Whatever a device or a driver does: the probe ends, writes to nobody but the right device, shows
// no login to anybody else, holds to the key that the device had, and explains what went wrong.

#include <array>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <stage3/error_info.hpp>

#include "../rounds.hpp"
#include "waiting.hpp"

using namespace stage3;

namespace {

constexpr int kMaxActions = 200;
const int kRounds = std::max(rounds(100000), 5000);

/// What a call can fail with in src/net.
const std::set<Cause> kOfTheNetwork{Cause::refused,   Cause::unreachable,  Cause::reset,
                                    Cause::closed,    Cause::timeout,      Cause::malformed,
                                    Cause::too_large, Cause::local,        Cause::tls,
                                    Cause::tls_key,   Cause::tls_untrusted};

const std::array<KeyHash, 2> kKeys{KeyHash(KeyHash::Bytes{1}), KeyHash(KeyHash::Bytes{2})};

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
    policy.resume = once_in(4);
    policy.config.ota.wait = once_in(2);
    policy.config.ota.settle = once_in(2) ? std::chrono::seconds(0) : std::chrono::seconds(30);
    policy.config.ota.deadline = std::chrono::seconds(60);
    policy.config.network.tls = once_in(6) ? TlsMode::require : TlsMode::automatic;
    if (once_in(3)) policy.accept_key = [](const Device&, const KeyHash&) { return true; };
    if (!once_in(3)) policy = with_password(policy);
    return policy;
  }

  /// With an update of an earlier run, most often.
  Device device() {
    if (once_in(3)) return a_device();
    UpdateRecord record = a_record(static_cast<UpdateState>(below(9)), 0);
    record.sent_at = kUtc - static_cast<std::int64_t>(below(200000)) / (once_in(2) ? 1 : 2000);
    record.to = once_in(2) ? "1.7.5" : "1.7.2";
    Device device = recorded(record);
    if (!once_in(4)) return device;
    OnRecord on_record = *device.on_record;
    on_record.tls = TlsPin{443, kKeys[0]};
    device.on_record = std::make_shared<const OnRecord>(std::move(on_record));
    return device;
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
        info_new(),
        shelly::sys_status(kUptime),
        shelly::sys_status(3),
        shelly::sys_status(3, 43200),
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
    if (target == kInfo && once_in(4)) return info_new();
    if (target == kStatus) return shelly::sys_status(once_in(2) ? kUptime : 3);
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
    if (reply.failure && kOfTheNetwork.count(*reply.failure) == 0) has_foreign_cause = true;
    static const std::vector<std::string> kChallenges = {
        a_challenge(), a_challenge(), a_challenge("2", ", stale=true"), "NTLM",
        "Digest qop=\"auth\", realm=\"evil\", nonce=\"1\", algorithm=MD5, stale=true"};
    if (reply.status == 401) reply.challenges.push_back(kChallenges[below(kChallenges.size())]);
    if (reply.status == 302)
      reply.location = once_in(4) ? "https://192.168.1.36/" : "https://192.168.1.35/";
    return reply;
  }

  /// By TLS, as a transport has it: what another key than the wanted one has said is never read.
  Reply reply(const std::string& body, const Call& call) {
    if (!call.tls && once_in(30)) {
      Reply refused;
      refused.failure = Cause::refused;
      return refused;
    }
    Reply out = reply(body);
    if (!call.tls || once_in(50)) return out;
    out.key = kKeys[once_in(20)];
    if (!call.tls->key || *call.tls->key == *out.key) return out;
    Reply unsent;
    unsent.failure = Cause::tls_key;
    unsent.unsent = true;
    unsent.key = out.key;
    return unsent;
  }

  bool has_foreign_cause = false;  ///< a reply has failed as none of the library's own does

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
  int waits = 0;
  int ended = 0;
  int taken_back = 0;
  int went_over = 0;
  int held = 0;
  std::set<std::string> errors;
};

/// What a call says about the way to a device, against what has gone before.
class Way {
 public:
  explicit Way(const Device& device) {
    if (device.on_record && device.on_record->tls) pin_ = device.on_record->tls->key;
  }

  std::string judge(const Call& call, bool is_seen, Tally& tally) {
    if (pin_ && !call.tls) return "asks in clear whose key is on record";
    if (pin_ && !call.tls->key) return "asks anybody whose key is on record";
    const std::optional<KeyHash> key = call.tls ? call.tls->key : std::nullopt;
    if (held_ && key != held_) return "asks another one than who was seen by TLS";
    if (is_seen && call.tls && !key) return "asks anybody after the right one";
    if (is_seen && key) held_ = key;
    tally.held += held_.has_value();
    if (was_plain_ && call.tls && !was_sent_there_) return "tries TLS for no reason";
    tally.went_over += was_plain_ && call.tls;
    was_plain_ = !call.tls;
    return "";
  }
  void note(const Reply& reply) {
    was_sent_there_ = reply.failure ? reply.failure == Cause::refused : !reply.location.empty();
  }

 private:
  std::optional<KeyHash> pin_;
  std::optional<KeyHash> held_;  ///< the right device was seen with this one
  bool was_plain_ = false;
  bool was_sent_there_ = false;
};

/// Passes for a driver's: goes on by itself, and is set by nobody.
struct Clock {
  Moment now{kUtc, std::chrono::hours(1)};

  Moment after(Duration time) {
    now.steady += time;
    now.utc += std::chrono::duration_cast<std::chrono::seconds>(time).count();
    return now;
  }
};

/// What is on record of the device's last update at the end, and does not belong there.
std::string judge_record(const DeviceProbe& probe, const UpdateRecord& before, bool is_written) {
  const DeviceResult& result = probe.result();
  const bool is_sent = probe.progress().sent > 0;
  if (is_written && !result.ota) return "leaves the record of an update that was not sent";
  if (is_sent && !result.ota) return "sends without a record";
  if (!result.ota) return "";
  const UpdateRecord& after = *result.ota;
  if (before.state == UpdateState::unreadable) return "changes a record that it cannot read";
  const bool is_ours = after.state == UpdateState::sent && after != before;
  if (is_ours && !is_sent) return "records an update that was not sent";
  if (after.state == UpdateState::lost && probe.seen() && before.state != UpdateState::sent &&
      !is_sent)
    return "loses what is there";
  return "";
}

/// What is not explained of the errors of a conversation.
std::string judge_errors(const DeviceResult& result, bool has_foreign_cause, Tally& tally) {
  if (result.error_id != error_ids(result.errors)) return "does not tell the ids of its errors";
  for (const DeviceError& error : result.errors) {
    const std::string id = error_info(error).id;
    const bool is_explained = id.find(".other") == std::string::npos;
    if (!is_explained && !has_foreign_cause) return "has an error without a row: " + error.text;
    if (is_explained) tally.errors.insert(id);
  }
  return "";
}

/// While its device is away.
enum class Manner { stays, rests };

/// One conversation in which everything may happen; returns what is wrong with it, and gives its
/// result.
std::string play(Chaos& chaos, Tally& tally, Manner manner, std::string& ret_result) {
  const Policy policy = chaos.policy();
  const Device device = chaos.device();
  const UpdateRecord before = device.on_record ? *device.on_record->ota : UpdateRecord{};
  DeviceProbe probe(policy, device);
  chaos.has_foreign_cause = false;
  Clock clock;
  Way way(device);
  Action action = probe.on(Started{{}, clock.now});
  bool is_written = false;
  int updates = 0;
  int names = 0;
  int nonces = 0;

  for (int i = 0; i < kMaxActions; ++i) {
    if (std::holds_alternative<Done>(action)) {
      if (!probe.result().ota_status) return "ended without a status";
      if (probe.result().outcome == Outcome::cancelled) return "cancelled by nobody";
      tally.updates += updates;
      tally.names += names;
      tally.ended += static_cast<int>(probe.progress().ended);
      tally.taken_back += is_written && probe.progress().sent == 0;
      if (probe.progress().is_away) return "is away for ever";
      ret_result = to_json(probe.result());
      std::string problem = judge_record(probe, before, is_written);
      if (problem.empty()) problem = judge_errors(probe.result(), chaos.has_foreign_cause, tally);
      if (!problem.empty()) return problem;
      for (const DeviceError& error : probe.result().errors)
        tally.strangers += error.cause == Cause::wrong_device;
      return "";
    }
    if (const auto* call = std::get_if<Call>(&action)) {
      if (is_writing(*call) && !probe.seen()) return "writes to a device that is not known";
      if (is_writing(*call) && policy.dry_run) return "writes in a dry run";
      const std::string problem = way.judge(*call, probe.seen(), tally);
      if (!problem.empty()) return problem;
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
        const bool is_update = call->target.rfind("/rpc/Shelly.Update", 0) == 0;
        action = probe.on(Postponed{});
        if (is_update && !std::holds_alternative<Done>(action)) return "updates after a while";
        if (is_update) continue;
        const auto* next = std::get_if<Call>(&action);
        if (next == nullptr || next->target != kInfo) return "writes without a look after a while";
        continue;
      }
      if (shelly::starts_update(shelly::rpc_of(call->target))) ++updates;
      if (shelly::writes_name(shelly::rpc_of(call->target))) ++names;
      tally.logins += has_login;
      const std::string body = chaos.body_for(call->target);
      const Reply reply = chaos.reply(body, *call);
      way.note(reply);
      // A call that is turned away for want of a login, or with a 429 to one, may come again.
      if (!reply.failure && (reply.status == 401 || reply.status == 429)) {
        if (is_writing(*call))
          (call->target.find("Update") != std::string::npos ? updates : names) -= 1;
      }
      const int steps = static_cast<int>(probe.progress().ended) + 1;
      if (updates > steps || names > steps) return "writes twice";
      if (updates > (policy.config.ota.wait ? 3 : 1)) return "sends more than ota.max_steps";
      action = chaos.once_in(200) ? probe.on(Waited{clock.now}) : probe.on(reply);
    } else if (std::holds_alternative<Ping>(action)) {
      action = probe.on(Pinged{chaos.once_in(2)});
    } else if (const auto* wait = std::get_if<Wait>(&action)) {
      tally.waits += wait->is_away;
      if (wait->is_away && policy.dry_run) return "waits for an update in a dry run";
      if (manner == Manner::rests) probe.rest();
      if (probe.device().key != device.key) return "forgets whom it is about";
      action = probe.on(Waited{clock.after(wait->time)});
    } else {
      if (policy.dry_run) return "wants to update in a dry run";
      if (before.state == UpdateState::sent && probe.progress().ended == 0)
        return "wants to update what is being updated";
      if (chaos.once_in(2)) {
        probe.note_recorded();
        is_written = true;
      }
      const Duration time = std::chrono::seconds(chaos.once_in(4) ? 100 : 1);
      action = probe.on(Granted{!chaos.once_in(4), false, {}, clock.after(time)});
    }
  }
  return "does not end";
}

}  // namespace

TEST_CASE("a probe ends well whatever it meets") {
  Chaos chaos(20261123);
  Tally tally;
  std::string result;
  for (int round = 0; round < kRounds; ++round) {
    const std::string problem = play(chaos, tally, Manner::stays, result);
    if (problem.empty()) continue;
    CAPTURE(round);
    FAIL(problem);
  }
  CHECK(tally.updates > kRounds / 100);
  CHECK(tally.names > kRounds / 100);
  CHECK(tally.logins > kRounds / 100);
  CHECK(tally.strangers > kRounds / 100);
  CHECK(tally.postponed > kRounds / 100);
  CHECK(tally.waits > kRounds / 100);
  CHECK(tally.ended > kRounds / 100);
  CHECK(tally.taken_back > kRounds / 100);
  CHECK(tally.went_over > kRounds / 100);
  CHECK(tally.held > kRounds / 100);
  // All but a few that only TLS, an unusable entry or a wrong driver brings about.
  if (kRounds >= 100000) CHECK(tally.errors.size() >= 58);
}

TEST_CASE("one that rests while its device is away ends as one that does not") {
  Chaos chaos(20261129);
  Chaos same(20261129);
  Tally tally;
  std::string rested;
  std::string stayed;
  // Each is played twice.
  const int kPairs = std::max(rounds(100000), 1000);
  for (int round = 0; round < kPairs; ++round) {
    const std::string problem = play(chaos, tally, Manner::rests, rested);
    CAPTURE(round);
    REQUIRE(problem == play(same, tally, Manner::stays, stayed));
    REQUIRE(rested == stayed);
  }
  CHECK(tally.waits > kPairs / 50);
}

TEST_CASE("events in any order end in a result") {
  Chaos chaos(4711);
  for (int round = 0; round < kRounds; ++round) {
    const Policy policy = chaos.policy();
    DeviceProbe probe(policy, chaos.device());
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
          probe.rest();
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
