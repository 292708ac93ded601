// By which way a device is asked while its update is waited for, and what was seen there last.

#include <doctest/doctest.h>

#include <initializer_list>
#include <vector>

#include <stage3/error_info.hpp>

#include "waiting.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

const KeyHash kItsKey(KeyHash::Bytes{1});
const KeyHash kAnotherKey(KeyHash::Bytes{2});
const std::string kStranger = info_of("34945472A643");

Policy waiting_with(TlsMode mode) {
  Policy policy = waiting();
  policy.config.network.tls = mode;
  return policy;
}

Device addressed(const char* address) {
  Device device = a_device();
  device.address = *Address::parse(address);
  return device;
}

/// Found as sent a moment ago, by a run that waits; asked by plain HTTP unless its address or a key
/// on record says otherwise.
Device found_as_sent(const char* address = "192.168.1.35",
                     std::optional<TlsPin> pin = std::nullopt) {
  Device device = recorded(a_record(UpdateState::sent, 10));
  device.address = *Address::parse(address);
  OnRecord on_record = *device.on_record;
  on_record.tls = pin;
  device.on_record = std::make_shared<const OnRecord>(std::move(on_record));
  return device;
}

class Routed : public Waiting {
 public:
  using Waiting::Waiting;

  void expect_plain() {
    expect_get(kInfo);
    CHECK_FALSE(call().tls);
  }
  /// Asked who it is, by TLS, with no other key than this one, if any.
  void expect_tls(const std::optional<KeyHash>& key = std::nullopt, std::uint16_t port = 443) {
    expect_get(kInfo);
    const Call asked = call();
    REQUIRE(asked.tls);
    CHECK(asked.tls->port == port);
    CHECK(asked.tls->key == key);
  }
  void says(const KeyHash& key, const std::string& target, const std::string& body) {
    expect_get(target);
    answer_by_tls(key, 200, body);
  }
  /// Has come back with the new build, which ends well; each call is held to the key.
  void ends_as_updated(const KeyHash& key, std::uint16_t port = 443) {
    says(key, kInfo, info_new());
    const auto is_held = [&](const std::string& target) {
      expect_get(target);
      REQUIRE(call().tls);
      CHECK(call().tls->key == key);
      CHECK(call().tls->port == port);
    };
    is_held(kStatus);
    says(key, kStatus, shelly::sys_status(3));
    is_held(kInfo);
    says(key, kInfo, info_new());
    is_held(kCheck);
    says(key, kCheck, "{}");
    CHECK(done().error_text() == "");
    CHECK(done().outcome == Outcome::ok);
    CHECK(state_of(done()) == UpdateState::updated);
    REQUIRE(done().tls);
    CHECK(*done().tls == TlsPin{port, key});
  }
  /// Nobody answers any more, until the run has waited long enough.
  const DeviceResult& falls_silent() {
    for (int polls = 0; !std::holds_alternative<Done>(action()); ++polls) {
      REQUIRE(polls < 1000);
      if (std::holds_alternative<Wait>(action()))
        away();
      else
        fails(Cause::timeout);
    }
    return done();
  }
  /// From the beginning: there, by TLS with this key, and an update is sent to it.
  void goes_away_by_tls(const KeyHash& key) {
    ping(true);
    says(key, kInfo, info());
    says(key, kCheck, offer("1.7.5"));
    grant();
    says(key, kStatus, shelly::sys_status(kUptime));
    says(key, kInfo, info());
    says(key, kUpdate, "null");
    away(20s);
  }
};

/// The two that wait: what was sent in this run, and what was found as sent.
void for_both(const std::function<void(Routed&)>& then) {
  {
    Routed talk(waiting_with(TlsMode::automatic));
    talk.go_away();
    then(talk);
  }
  Routed talk(waiting_with(TlsMode::automatic), found_as_sent());
  talk.ping(false);
  talk.silent();
  talk.away(5s);
  then(talk);
}

}  // namespace

TEST_CASE("a device that comes back by HTTPS only is asked by TLS, and its key is learnt") {
  for_both([](Routed& talk) {
    talk.expect_plain();
    talk.redirects("https://192.168.1.35:8443/rpc");
    talk.expect_tls(std::nullopt, 8443);
    talk.ends_as_updated(kItsKey, 8443);
  });
  for_both([](Routed& talk) {
    talk.expect_plain();
    talk.fails(Cause::refused);
    talk.expect_tls();
    talk.ends_as_updated(kItsKey);
  });
}

TEST_CASE("while a device is away port 443 is tried after a refusal, each time, and never else") {
  for_both([](Routed& talk) {
    for (const Cause cause : {Cause::timeout, Cause::reset, Cause::closed, Cause::unreachable}) {
      talk.expect_plain();
      talk.fails(cause);
      talk.away(5s);
    }
    for (const Cause cause : {Cause::refused, Cause::timeout, Cause::tls}) {
      talk.expect_plain();
      talk.fails(Cause::refused);
      talk.expect_tls();
      talk.fails(cause);
      talk.away(5s);
    }
    talk.expect_plain();
    talk.redirects("https://shelly.local/");
    talk.expect_tls();
    talk.fails(Cause::refused);
    talk.away(5s);
    talk.new_version(3);
    CHECK_FALSE(talk.call().tls);
  });
}

TEST_CASE("no TLS is guessed at where an entry forbids it or has another port") {
  for (const char* const address : {"http://192.168.1.35", "192.168.1.35:8080"}) {
    Routed talk(waiting_with(TlsMode::automatic), found_as_sent(address));
    talk.ping(false);
    talk.silent();
    talk.away(5s);
    talk.expect_plain();
    talk.fails(Cause::refused);
    talk.away(5s);
  }
}

TEST_CASE("the key of a stranger, or of who says nothing of itself, is not held to") {
  const auto begins = [](Routed& talk) {
    talk.ping(true);
    talk.says(kAnotherKey, kInfo, kStranger);
    talk.away(5s);
    talk.expect_tls();
    talk.answer_by_tls(kAnotherKey, 500);
    talk.away(5s);
    talk.says(kAnotherKey, kInfo, "<html>");
    talk.away(5s);
  };
  Routed talk(waiting_with(TlsMode::automatic), found_as_sent("https://192.168.1.35"));
  begins(talk);
  talk.expect_tls();
  talk.ends_as_updated(kItsKey);

  // Once it was the right one no other key will do.
  Routed seen(waiting_with(TlsMode::automatic), found_as_sent("https://192.168.1.35"));
  begins(seen);
  seen.says(kItsKey, kInfo, info());
  seen.says(kItsKey, kStatus, shelly::sys_status(kUptime));
  seen.away(5s);
  seen.expect_tls(kItsKey);
  seen.has_key(kAnotherKey);
  seen.away(5s);
  seen.expect_tls(kItsKey);
  seen.ends_as_updated(kItsKey);
}

TEST_CASE("a stranger behind a redirect does not keep the device from being asked as before") {
  for_both([](Routed& talk) {
    talk.expect_plain();
    talk.redirects("https://192.168.1.35:8443/");
    talk.expect_tls(std::nullopt, 8443);
    talk.answer_by_tls(kAnotherKey, 200, kStranger);
    talk.away(5s);
    talk.expect_plain();
    talk.new_version(3);
    talk.is_current();
  });
}

TEST_CASE("once a device was seen by TLS nothing goes to it in clear") {
  Routed talk(waiting_with(TlsMode::automatic));
  talk.go_away();
  talk.expect_plain();
  talk.fails(Cause::refused);
  talk.expect_tls();
  talk.says(kItsKey, kInfo, info());
  talk.says(kItsKey, kStatus, shelly::sys_status(kUptime));
  for (const Cause cause : {Cause::refused, Cause::timeout, Cause::tls}) {
    talk.away(5s);
    talk.expect_tls(kItsKey);
    talk.fails(cause);
  }
  talk.away(5s);
  talk.ends_as_updated(kItsKey);
}

TEST_CASE("a key that was shown before the identity is not held to at the first contact either") {
  Routed talk(waiting_with(TlsMode::automatic), addressed("https://192.168.1.35"));
  talk.ping(true);
  talk.expect_tls();
  talk.answer_by_tls(kAnotherKey, 503);
  talk.pause();
  talk.expect_tls();
  talk.says(kItsKey, kInfo, info());
  CHECK(talk.call().tls->key == kItsKey);
  talk.says(kItsKey, kCheck, "{}");
  CHECK(talk.done().outcome == Outcome::ok);
}

TEST_CASE("where TLS must be, a device that is being updated may refuse for a while") {
  for (const Cause cause : {Cause::refused, Cause::reset, Cause::closed}) {
    Routed talk(waiting_with(TlsMode::require), found_as_sent());
    talk.ping(false);
    talk.expect_tls();
    talk.fails(cause);
    talk.away(5s);
    talk.expect_tls();
    talk.fails(cause);
    talk.away(5s);
    talk.ends_as_updated(kItsKey);
  }
  // Who does not wait is told at once, and the record stays.
  Policy policy = waiting_with(TlsMode::require);
  policy.config.ota.wait = false;
  Routed talk(policy, found_as_sent());
  talk.ping(false);
  talk.fails(Cause::refused);
  CHECK(talk.done().error_text() == "identity: no TLS: connection refused");
  CHECK(talk.done().ota_status == OtaStatus::error);
  CHECK(tells_what_is_on_record(talk.done()));
}

namespace {

constexpr const char* kLostSince = "OTA: lost: 1.7.5 was sent 10 min ago, not seen since";

void check_lost(const DeviceResult& result, const std::string& told, Cause cause) {
  CHECK(state_of(result) == UpdateState::lost);
  CHECK(result.error_text() == told + "; " + kLostSince);
  REQUIRE(result.errors.size() == 2);
  CHECK(result.errors[0].cause == cause);
  CHECK(result.error_id == std::string(error_info(result.errors[0]).id) + " ota.lost");
  CHECK(result.ota_status == OtaStatus::error);
  CHECK(result.outcome == Outcome::failed);
}

}  // namespace

TEST_CASE("of a device that is lost it is told who or what was there last") {
  const TlsPin pin{443, kItsKey};
  struct Case {
    TlsMode mode;
    Device device;
    std::function<void(Routed&)> meet;
    Cause cause;
    std::string told;
  };
  const auto redirects = [](const char* to) { return [to](Routed& talk) { talk.redirects(to); }; };
  const auto fails = [](Cause cause) { return [cause](Routed& talk) { talk.fails(cause); }; };
  const std::vector<Case> cases{
      {TlsMode::automatic, found_as_sent("192.168.1.35", pin),
       [](Routed& talk) { talk.has_key(kAnotherKey); }, Cause::tls_key,
       "identity: TLS key changed"},
      {TlsMode::automatic, found_as_sent("192.168.1.35", pin), fails(Cause::tls_untrusted),
       Cause::tls_untrusted, "identity: TLS certificate does not chain to network.tls_ca"},
      {TlsMode::automatic, found_as_sent(), redirects("https://192.168.1.36/"), Cause::redirected,
       "identity: redirects to another address"},
      {TlsMode::off, found_as_sent(), redirects("https://192.168.1.35/"), Cause::tls_only,
       "identity: HTTPS only, which network.tls or http:// in ip forbids"},
      {TlsMode::require, found_as_sent(), fails(Cause::refused), Cause::tls_missing,
       "identity: no TLS: connection refused"},
      {TlsMode::automatic, found_as_sent(), [](Routed& talk) { talk.answer(200, kStranger); },
       Cause::wrong_device, "identity: expected A8032ABE54DC, found 34945472A643"},
      {TlsMode::automatic, found_as_sent(), [](Routed& talk) { talk.answer(404); }, Cause::http,
       "identity: cannot be read: HTTP 404"},
      {TlsMode::automatic, found_as_sent(), fails(Cause::malformed), Cause::malformed,
       "identity: cannot be read: answer is not HTTP"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.told);
    Routed talk(waiting_with(one.mode), one.device);
    talk.ping(false);
    talk.fails(Cause::timeout);
    talk.away(5s);
    one.meet(talk);
    talk.away(5s);
    one.meet(talk);
    check_lost(talk.falls_silent(), one.told, one.cause);
  }
}

TEST_CASE("what was found at the first look is told of one that is lost as well") {
  Routed talk(waiting_with(TlsMode::automatic), found_as_sent());
  talk.ping(true);
  talk.answer(200, kStranger);
  talk.away(5s);
  check_lost(talk.falls_silent(), "identity: expected A8032ABE54DC, found 34945472A643",
             Cause::wrong_device);

  Routed none(waiting_with(TlsMode::require), found_as_sent());
  none.ping(true);
  none.fails(Cause::refused);
  none.pause();
  none.fails(Cause::refused);
  check_lost(none.falls_silent(), "identity: no TLS: connection refused", Cause::tls_missing);
}

TEST_CASE("silence, and what fails in passing, are told of nobody") {
  Routed talk(waiting_with(TlsMode::automatic),
              found_as_sent("192.168.1.35", TlsPin{443, kItsKey}));
  talk.ping(true);
  talk.answer_by_tls(kItsKey, 503);
  talk.pause();
  talk.answer_by_tls(kItsKey, 503);
  talk.away(5s);
  talk.answer_by_tls(kItsKey, 503);
  talk.away(5s);
  talk.fails(Cause::tls);
  CHECK(talk.falls_silent().error_text() == kLostSince);
  CHECK(talk.done().ota_status == OtaStatus::offline);
}

TEST_CASE("a key that changed while the device was away is told with what else was seen") {
  Policy policy = waiting_with(TlsMode::automatic);
  policy.config.ota.settle = 30s;
  Routed talk(policy, addressed("https://192.168.1.35"));
  talk.goes_away_by_tls(kItsKey);
  talk.says(kItsKey, kInfo, info_new());
  talk.says(kItsKey, kStatus, shelly::sys_status(3));
  talk.away(30s);
  talk.expect_tls(kItsKey);
  talk.has_key(kAnotherKey);
  const DeviceResult& result = talk.falls_silent();
  CHECK(result.error_text() ==
        "identity: TLS key changed; "
        "OTA: lost: 1.7.5 was sent 10 min ago, came back with it, not seen for 10 min");
  CHECK(result.tls == TlsPin{443, kItsKey});
}

TEST_CASE("whoever else was seen is forgotten once the device is back") {
  for_both([](Routed& talk) {
    talk.expect_plain();
    talk.redirects("https://192.168.1.36/");
    talk.away(5s);
    talk.get(kInfo, kStranger);
    talk.away(5s);
    talk.new_version(3);
    talk.is_current();
  });
  Routed talk(waiting_with(TlsMode::automatic), found_as_sent());
  talk.ping(true);
  talk.answer(200, kStranger);
  talk.away(5s);
  talk.old_version(kUptime);
  CHECK(talk.falls_silent().errors.size() == 1);
  CHECK(talk.done().ota_status == OtaStatus::offline);
}

TEST_CASE("who ends the waiting hears who was there last") {
  Routed talk(waiting_with(TlsMode::automatic),
              found_as_sent("192.168.1.35", TlsPin{443, kItsKey}));
  talk.ping(false);
  talk.fails(Cause::timeout);
  talk.away(5s);
  talk.has_key(kAnotherKey);
  talk.probe().abandon();
  CHECK(talk.probe().result().error_text() == "identity: TLS key changed");
  CHECK(talk.probe().result().ota_status == OtaStatus::update_available);
  CHECK(talk.probe().result().ota->state == UpdateState::sent);
}

TEST_CASE("a failed login keeps nothing quiet about who was there") {
  Routed talk(waiting_with(TlsMode::automatic), found_as_sent());
  talk.ping(true);
  talk.get(kInfo, info(R"("auth_en":true)"));
  talk.expect_get(kCheck);
  talk.challenges();
  talk.away(5s);
  talk.expect_plain();
  talk.answer(404);
  CHECK(holds(talk.falls_silent().error_text(), "identity: cannot be read: HTTP 404"));
}

TEST_CASE("the caller may take another key while the device is away, unless it was seen with one") {
  Policy policy = waiting_with(TlsMode::automatic);
  int asked = 0;
  policy.accept_key = [&](const Device&, const KeyHash& key) {
    ++asked;
    CHECK(key == kAnotherKey);
    return true;
  };
  Routed talk(policy, found_as_sent("192.168.1.35", TlsPin{443, kItsKey}));
  talk.ping(false);
  talk.fails(Cause::refused);
  talk.away(5s);
  talk.expect_tls(kItsKey);
  talk.has_key(kAnotherKey);
  talk.expect_tls(kAnotherKey);
  // That of a stranger is not kept.
  talk.answer_by_tls(kAnotherKey, 200, kStranger);
  talk.away(5s);
  talk.expect_tls(kItsKey);
  talk.has_key(kAnotherKey);
  talk.expect_tls(kAnotherKey);
  talk.ends_as_updated(kAnotherKey);
  CHECK(talk.done().tls_key_changed);
  CHECK(asked == 2);

  Routed seen(policy, found_as_sent("192.168.1.35", TlsPin{443, kItsKey}));
  seen.ping(true);
  seen.says(kItsKey, kInfo, info());
  seen.says(kItsKey, kCheck, "{}");
  seen.away(5s);
  seen.expect_tls(kItsKey);
  seen.has_key(kAnotherKey);
  seen.away(5s);
  CHECK(asked == 2);
}

TEST_CASE("an answer of which the key is not known is not read while the device is away either") {
  Routed talk(waiting_with(TlsMode::automatic), found_as_sent("https://192.168.1.35"));
  talk.ping(false);
  talk.fails(Cause::timeout);
  talk.away(5s);
  talk.expect_tls();
  talk.answer(200, info_new());
  talk.away(5s);
  talk.later(10min);
  talk.expect_tls();
  Reply unnamed;
  unnamed.status = 200;
  const std::string body = info_new();
  unnamed.body = body;
  unnamed.now = talk.moment();
  talk.reply(unnamed);
  CHECK(talk.done().error_text() == "OTA: it is not known which TLS key the device has");
  CHECK(talk.done().ota_status == OtaStatus::error);
}

TEST_CASE("a device that calls itself otherwise after its update is logged in to anew, or not") {
  Routed talk(with_password(waiting_with(TlsMode::automatic)));
  talk.go_away();
  talk.get(kInfo, info_new());
  talk.get_by_login(kStatus, shelly::sys_status(3));
  std::string renamed = info_new();
  const std::string id = kId;
  renamed.replace(renamed.find(id), id.size(), "shellyplus1-000000000000");
  talk.get(kInfo, renamed);
  CHECK(talk.expect_get(kCheck).authorization == "");
}

TEST_CASE("a device that redirects once its update has ended is followed") {
  Routed talk(waiting_with(TlsMode::automatic));
  talk.go_away();
  talk.new_version(3);
  talk.expect_plain();
  talk.redirects("https://192.168.1.35/");
  talk.expect_tls();
  talk.says(kItsKey, kInfo, info_new());
  CHECK(talk.call().tls->key == kItsKey);
  talk.says(kItsKey, kCheck, "{}");
  CHECK(talk.done().tls == TlsPin{443, kItsKey});
}

TEST_CASE("who answers where a device redirects to is not taken for the device") {
  Routed talk(waiting_with(TlsMode::automatic));
  talk.go_away();
  talk.new_version(3);
  CHECK(talk.probe().seen());
  talk.redirects("https://192.168.1.35/");
  talk.expect_tls();
  CHECK_FALSE(talk.probe().seen());
  talk.answer_by_tls(kItsKey, 403);
  CHECK(talk.done().error_text() == "identity: cannot be read: HTTP 403");
  CHECK_FALSE(talk.probe().seen());
  CHECK_FALSE(talk.done().tls);
}
