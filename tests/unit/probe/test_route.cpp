// By which way a device is asked: plain HTTP, TLS, and from the one to the other.

#include <doctest/doctest.h>

#include "conversation.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

const KeyHash kKey(KeyHash::Bytes{1});
const KeyHash kOtherKey(KeyHash::Bytes{2});

Device at(const char* address) {
  Device device = a_device();
  device.address = *Address::parse(address);
  return device;
}

Device on_record(std::uint16_t port = 443, const char* address = "192.168.1.35") {
  Device device = at(address);
  auto record = std::make_shared<OnRecord>();
  record->tls = TlsPin{port, kKey};
  device.on_record = record;
  return device;
}

Policy with(TlsMode mode, Policy policy = {}) {
  policy.config.network.tls = mode;
  policy.config.timeouts.tls = 7s;
  return policy;
}

/// The pending call is one by TLS, as told.
void check_by_tls(const Talk& talk, std::uint16_t port, const std::optional<KeyHash>& key) {
  const Call call = talk.call();
  REQUIRE(call.tls);
  CHECK(call.tls->port == port);
  CHECK(call.tls->key == key);
  CHECK(call.tls->timeout == 7s);
}

/// What ends the conversation at the question who is there, which leaves nothing to be recorded.
void check_refused(Talk& talk, Cause cause, const std::string& text) {
  const DeviceResult& result = talk.done();
  CHECK(result.error_text() == text);
  REQUIRE(result.errors.size() == 1);
  CHECK(result.errors[0].cause == cause);
  CHECK(result.ota_status == OtaStatus::error);
  CHECK(result.outcome == Outcome::failed);
  CHECK_FALSE(result.tls);
  CHECK_FALSE(talk.probe().seen());
}

/// From the identity to the end, by TLS, with each call held to `key`.
void check_all_goes_by_tls(Talk& talk, std::uint16_t port, const KeyHash& key) {
  talk.answer_by_tls(key, 200, info());
  check_by_tls(talk, port, key);
  talk.expect_get(kSetName);
  talk.answer_by_tls(key, 200, "{}");
  check_by_tls(talk, port, key);
  talk.expect_get(kInfo);
  talk.answer_by_tls(key, 200, info(R"("name":"Neu")"));
  check_by_tls(talk, port, key);
  talk.expect_get(kCheck);
  talk.answer_by_tls(key, 200, "{}");
  const DeviceResult& result = talk.done();
  CHECK(result.outcome == Outcome::ok);
  REQUIRE(result.tls);
  CHECK(*result.tls == TlsPin{port, key});
}

}  // namespace

TEST_CASE("a device that redirects to HTTPS is asked anew by TLS, and its key is held to") {
  for (const int status : {301, 302, 307, 308}) {
    Talk talk(with(TlsMode::automatic));
    talk.ping(true);
    CHECK_FALSE(talk.call().tls);
    talk.redirects("https://192.168.1.35:8443/rpc", status);
    check_by_tls(talk, 8443, std::nullopt);
    talk.expect_get(kInfo);
    check_all_goes_by_tls(talk, 8443, kKey);
  }
}

TEST_CASE("where port 80 is refused, 443 is tried, once") {
  Talk talk(with(TlsMode::automatic));
  talk.ping(false);
  talk.fails(Cause::refused);
  check_by_tls(talk, 443, std::nullopt);
  CHECK(talk.call().timeout == 1s);
  check_all_goes_by_tls(talk, 443, kKey);
}

TEST_CASE("who has neither port 80 nor 443 is offline as ever") {
  for (const Cause cause : {Cause::refused, Cause::timeout, Cause::reset, Cause::closed}) {
    Talk talk(with(TlsMode::automatic));
    talk.ping(true);
    talk.fails(Cause::refused);
    talk.pause();
    talk.fails(Cause::refused);
    check_by_tls(talk, 443, std::nullopt);
    talk.fails(cause);
    CHECK(talk.done().outcome == Outcome::offline);
    const std::string text = "reach: answers ping, not HTTP: connection refused";
    if (cause == Cause::refused) CHECK(talk.done().error_text() == text);
    CHECK(talk.done().error_text().rfind(text, 0) == 0);
  }
}

TEST_CASE("silence leads to no second try, and no other port to 443") {
  for (const Cause cause :
       {Cause::timeout, Cause::unreachable, Cause::reset, Cause::closed, Cause::refused}) {
    Talk talk(with(TlsMode::automatic),
              at(cause == Cause::refused ? "192.168.1.35:8080" : "192.168.1.35"));
    talk.ping(false);
    talk.fails(cause);
    CHECK(talk.done().outcome == Outcome::offline);
  }
}

TEST_CASE("an address says that TLS is spoken there") {
  for (const auto& [address, port] :
       {std::pair("https://192.168.1.35", 443), std::pair("192.168.1.35:443", 443),
        std::pair("https://192.168.1.35:8443", 8443)}) {
    Talk talk(with(TlsMode::automatic), at(address));
    talk.ping(true);
    check_by_tls(talk, static_cast<std::uint16_t>(port), std::nullopt);
    check_all_goes_by_tls(talk, static_cast<std::uint16_t>(port), kKey);
  }
}

TEST_CASE("with a key on record only that one will do, at the port on record") {
  Talk talk(with(TlsMode::automatic), on_record(8443));
  talk.ping(true);
  check_by_tls(talk, 8443, kKey);
  check_all_goes_by_tls(talk, 8443, kKey);

  Talk moved(with(TlsMode::automatic), on_record(8443, "https://192.168.1.35:9443"));
  moved.ping(true);
  check_by_tls(moved, 9443, kKey);
}

TEST_CASE("another key than on record ends it, and nothing is asked by plain HTTP") {
  Talk talk(with(TlsMode::automatic), on_record());
  talk.ping(true);
  talk.has_key(kOtherKey);
  check_refused(talk, Cause::tls_key, "identity: TLS key changed");
}

TEST_CASE("a closed TLS port of a device on record is offline, and leads to no plain HTTP") {
  Talk silent(with(TlsMode::automatic), on_record());
  silent.ping(false);
  silent.fails(Cause::refused);
  CHECK(silent.done().outcome == Outcome::offline);
  CHECK(silent.done().error_text() == "");

  Talk talk(with(TlsMode::automatic), on_record());
  talk.ping(true);
  talk.fails(Cause::refused);
  talk.pause();
  check_by_tls(talk, 443, kKey);
  talk.fails(Cause::refused);
  CHECK(talk.done().outcome == Outcome::offline);
  CHECK(talk.done().error_text() == "reach: answers ping, not HTTPS: connection refused");
}

TEST_CASE("a handshake that fails is asked for once more, and told") {
  Talk talk(with(TlsMode::automatic), on_record());
  talk.ping(true);
  talk.fails(Cause::tls);
  talk.pause();
  talk.fails(Cause::tls);
  check_refused(talk, Cause::tls, "identity: cannot be read: TLS handshake failed");
}

TEST_CASE("the caller may take another key, before anything was sent") {
  Policy policy = with(TlsMode::automatic);
  int asked = 0;
  bool answer = true;
  policy.accept_key = [&](const Device& device, const KeyHash& key) {
    ++asked;
    CHECK(device.key == a_device().key);
    CHECK(key == kOtherKey);
    return answer;
  };
  Talk talk(policy, on_record());
  talk.ping(true);
  talk.has_key(kOtherKey);
  CHECK(asked == 1);
  check_by_tls(talk, 443, kOtherKey);
  talk.expect_get(kInfo);
  check_all_goes_by_tls(talk, 443, kOtherKey);
  CHECK(talk.done().tls_key_changed);

  Talk twice(policy, on_record());
  twice.ping(true);
  twice.has_key(kOtherKey);
  twice.has_key(kKey);
  CHECK(asked == 2);
  check_refused(twice, Cause::tls_key, "identity: TLS key changed");

  answer = false;
  Talk refused(policy, on_record());
  refused.ping(true);
  refused.has_key(kOtherKey);
  CHECK(asked == 3);
  check_refused(refused, Cause::tls_key, "identity: TLS key changed");
}

TEST_CASE("a key that changes after the identity was read ends it there, whatever was pending") {
  Policy policy = with(TlsMode::automatic, updating());
  policy.accept_key = [](const Device&, const KeyHash&) { return true; };
  {
    Talk talk(policy, on_record());
    talk.ping(true);
    talk.answer_by_tls(kKey, 200, info());
    talk.expect_get(kSetName);
    talk.has_key(kOtherKey);
    const DeviceResult& result = talk.done();
    CHECK(result.error_text() == "identity: TLS key changed");
    CHECK_FALSE(result.name_changed);
    CHECK_FALSE(talk.probe().seen());
  }
  {
    Talk talk(policy, on_record());
    talk.ping(true);
    talk.answer_by_tls(kKey, 200, info(R"("name":"Neu")"));
    talk.expect_get(kCheck);
    talk.answer_by_tls(kKey, 200, offer("1.7.5"));
    talk.permit(true);
    talk.expect_get(kStatus);
    talk.answer_by_tls(kKey, 200, shelly::sys_status(kUptime));
    talk.expect_get(kInfo);
    talk.has_key(kOtherKey);
    const DeviceResult& result = talk.done();
    CHECK(result.error_text() == "identity: TLS key changed");
    CHECK(result.ota_status == OtaStatus::error);
    CHECK_FALSE(result.update_sent);
    CHECK_FALSE(talk.probe().update_left());
  }
  {
    Talk talk(policy, on_record());
    talk.ping(true);
    talk.answer_by_tls(kKey, 200, info(R"("name":"Neu")"));
    talk.answer_by_tls(kKey, 200, offer("1.7.5"));
    talk.permit(true);
    talk.answer_by_tls(kKey, 200, shelly::sys_status(kUptime));
    talk.answer_by_tls(kKey, 200, info(R"("name":"Neu")"));
    talk.expect_get(kUpdate);
    talk.has_key(kOtherKey);
    CHECK(talk.done().error_text() == "identity: TLS key changed");
    CHECK_FALSE(talk.done().update_sent);
    CHECK_FALSE(talk.probe().update_left());
  }
}

TEST_CASE("an answer by TLS of which the key is not known is not read") {
  Talk talk(with(TlsMode::automatic), at("https://192.168.1.35"));
  talk.ping(true);
  talk.answer(200, info());
  check_refused(talk, Cause::local, "identity: it is not known which TLS key the device has");
}

TEST_CASE("a certificate of another authority ends it") {
  Talk talk(with(TlsMode::automatic), on_record());
  talk.ping(true);
  talk.fails(Cause::tls_untrusted);
  check_refused(talk, Cause::tls_untrusted,
                "identity: TLS certificate does not chain to network.tls_ca");
}

TEST_CASE("a device that sends elsewhere is not followed") {
  Talk talk(with(TlsMode::automatic));
  talk.ping(true);
  talk.redirects("https://192.168.1.36/");
  check_refused(talk, Cause::redirected, "identity: redirects to another address");

  Talk plain(with(TlsMode::automatic));
  plain.ping(true);
  plain.redirects("http://192.168.1.35/");
  check_refused(plain, Cause::http, "identity: cannot be read: HTTP 302");

  Talk loop(with(TlsMode::automatic));
  loop.ping(true);
  loop.redirects("https://192.168.1.35/");
  Reply again;
  again.status = 302;
  again.location = "https://192.168.1.35:444/";
  again.key = kKey;
  loop.reply(again);
  check_refused(loop, Cause::http, "identity: cannot be read: HTTP 302");
}

TEST_CASE("without TLS a device that wants it is told as that, and never offline") {
  Talk off(with(TlsMode::off));
  off.ping(true);
  off.redirects("https://192.168.1.35/");
  check_refused(off, Cause::tls_only,
                "identity: HTTPS only, which network.tls or http:// in ip forbids");

  Talk entry(with(TlsMode::automatic), at("http://192.168.1.35"));
  entry.ping(true);
  entry.redirects("https://192.168.1.35/");
  check_refused(entry, Cause::tls_only,
                "identity: HTTPS only, which network.tls or http:// in ip forbids");

  Talk refused(with(TlsMode::off));
  refused.ping(false);
  refused.fails(Cause::refused);
  CHECK(refused.done().outcome == Outcome::offline);

  Talk port(with(TlsMode::off), at("http://192.168.1.35:443"));
  port.ping(true);
  CHECK_FALSE(port.call().tls);
}

TEST_CASE("where TLS must be, nothing is asked without it") {
  for (const auto& [address, port] :
       {std::pair("192.168.1.35", 443), std::pair("192.168.1.35:8443", 8443)}) {
    Talk talk(with(TlsMode::require), at(address));
    talk.ping(true);
    check_by_tls(talk, static_cast<std::uint16_t>(port), std::nullopt);
    check_all_goes_by_tls(talk, static_cast<std::uint16_t>(port), kKey);
  }
  Talk none(with(TlsMode::require));
  none.ping(false);
  none.fails(Cause::refused);
  check_refused(none, Cause::tls_missing, "identity: no TLS: connection refused");

  Talk plain(with(TlsMode::require));
  plain.ping(true);
  plain.fails(Cause::tls);
  plain.pause();
  plain.fails(Cause::tls);
  check_refused(plain, Cause::tls_missing, "identity: no TLS: TLS handshake failed");

  for (const Cause cause : {Cause::reset, Cause::closed, Cause::refused}) {
    Talk reset(with(TlsMode::require), at("https://192.168.1.35"));
    reset.ping(false);
    reset.fails(cause);
    CHECK(reset.done().errors.at(0).cause == Cause::tls_missing);
  }

  Talk cut(with(TlsMode::require));
  cut.ping(false);
  Reply half;
  half.failure = Cause::closed;
  half.key = kKey;
  cut.reply(half);
  CHECK(cut.done().outcome == Outcome::offline);

  Talk silent(with(TlsMode::require));
  silent.ping(false);
  silent.fails(Cause::timeout);
  CHECK(silent.done().outcome == Outcome::offline);
}

TEST_CASE("who says two things about TLS is asked by no way at all") {
  struct Case {
    TlsMode mode;
    Device device;
    std::string text;
  };
  const std::string hint = ", but a TLS key is on record: delete stage3.tls to ask it without TLS";
  for (const auto& [mode, device, text] : {
           Case{TlsMode::off, on_record(), "network.tls is off" + hint},
           Case{TlsMode::automatic, on_record(443, "http://192.168.1.35"), "http:// in ip" + hint},
           Case{TlsMode::off, at("192.168.1.35:443"),
                "port 443, which is for HTTPS, but network.tls is off: write http:// before it if "
                "it is not"},
           Case{TlsMode::off, at("https://192.168.1.35"), "https:// in ip, but network.tls is off"},
           Case{TlsMode::require, at("http://192.168.1.35"),
                "http:// in ip, but network.tls is require"},
       }) {
    Talk talk(with(mode), device);
    check_refused(talk, Cause::bad_value, "entry: " + text);
  }
}

TEST_CASE("what a certificate says of the time is told") {
  Talk talk(with(TlsMode::automatic), at("https://192.168.1.35"));
  talk.ping(true);
  Reply reply;
  reply.status = 200;
  const std::string body = info(R"("name":"Neu")");
  reply.body = body;
  reply.key = kKey;
  reply.certificate = CertificateTime::expired;
  talk.reply(reply);
  talk.answer_by_tls(kKey, 200, "{}");
  CHECK(talk.done().certificate == CertificateTime::expired);
  CHECK(talk.done().outcome == Outcome::ok);
}
