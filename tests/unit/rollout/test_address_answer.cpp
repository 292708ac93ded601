// What one device has heard of an address, played to others.

#include "rollout/address_answer.hpp"

#include <doctest/doctest.h>

#include <string>

#include "../../shelly/shelly.hpp"

using namespace stage3;
using namespace std::chrono_literals;
using rollout::AddressAnswer;

namespace {

const auto kNow = Clock::time_point() + 1h;

Device device_of(const std::string& mac) {
  Device out;
  out.mac = *Mac::parse(mac);
  return out;
}

Reply failed(Cause cause, std::string_view detail = {}) {
  Reply reply;
  reply.failure = cause;
  reply.detail = detail;
  return reply;
}

Reply answered(int status, std::string_view body) {
  Reply reply;
  reply.status = status;
  reply.body = body;
  return reply;
}

AddressAnswer heard(bool answers_ping, const std::vector<Reply>& replies) {
  AddressAnswer out(answers_ping);
  for (const Reply& reply : replies)
    out.add(Call{}, reply, kNow, 1700000000);
  return out;
}

/// What `answer` comes to for an entry with this MAC.
DeviceResult played(const AddressAnswer& answer, const std::string& mac = "A8032A000001") {
  const Policy policy;
  DeviceProbe probe(policy, device_of(mac));
  CHECK(std::holds_alternative<Done>(answer.play_to(probe, Started{})));
  return probe.result();
}

std::string second() {
  shelly::Device device;
  device.mac = "A8032A000002";
  return shelly::device_info(device);
}

const std::string kSecond = second();

}  // namespace

TEST_CASE("silence is everybody's") {
  CHECK(played(heard(false, {failed(Cause::timeout)})).outcome == Outcome::offline);
  const auto refused = heard(true, {failed(Cause::refused), failed(Cause::reset)});
  CHECK(played(refused).error_text() == "reach: answers ping, not HTTP: connection reset");
}

TEST_CASE("everybody but the right one is told who is there") {
  const auto answer = heard(true, {answered(200, kSecond)});
  CHECK(played(answer).error_text() == "identity: expected A8032A000001, found A8032A000002");
  const Policy policy;
  DeviceProbe right(policy, device_of("A8032A000002"));
  const Action action = answer.play_to(right, Started{});
  CHECK(right.seen());
  CHECK(std::holds_alternative<Call>(action));
  CHECK(std::get<Call>(action).target == shelly::kCheck);
}

TEST_CASE("a repetition and a second question are part of the answer") {
  const auto gen1 = heard(true, {failed(Cause::reset), answered(404, ""), answered(503, ""),
                                 answered(200, R"({"type":"SHSW-1","mac":"A8032A000001"})")});
  CHECK(played(gen1).error_text() == "identity: Gen1 is not supported");
  // It spoke HTTP before it fell silent.
  const auto flaky = heard(true, {answered(503, ""), failed(Cause::refused)});
  CHECK(played(flaky).error_text() == "identity: cannot be read: connection refused");
}

TEST_CASE("what this machine could not ask is no answer") {
  CHECK_FALSE(heard(true, {}).is_usable());
  CHECK_FALSE(heard(true, {failed(Cause::local, "out of memory")}).is_usable());
  CHECK(heard(true, {failed(Cause::refused)}).is_usable());
  CHECK(heard(true, {answered(200, kSecond)}).is_usable());
}

TEST_CASE("an answer is fresh for a second") {
  const auto answer = heard(true, {answered(200, kSecond)});
  CHECK(answer.is_fresh(kNow));
  CHECK(answer.is_fresh(kNow + 900ms));
  CHECK_FALSE(answer.is_fresh(kNow + 1100ms));
  CHECK(answer.time() == 1700000000);
}

TEST_CASE(
    "what was heard by TLS with one key says nothing to an entry that is asked in another way") {
  const KeyHash key(KeyHash::Bytes{1});
  Call call;
  call.tls = TlsTerms{443, key, {}};
  Reply refused;
  refused.failure = Cause::tls_key;
  AddressAnswer answer(true);
  answer.add(call, refused, kNow, 1700000000);

  const Policy policy;
  DeviceProbe plain(policy, device_of("A8032A000001"));
  CHECK(std::holds_alternative<Call>(answer.play_to(plain, Started{})));
  CHECK(plain.result().errors.empty());

  Device known = device_of("A8032A000001");
  auto on_record = std::make_shared<OnRecord>();
  on_record->tls = TlsPin{443, key};
  known.on_record = on_record;
  DeviceProbe same(policy, known);
  CHECK(std::holds_alternative<Done>(answer.play_to(same, Started{})));
  CHECK(same.result().error_text() == "identity: TLS key changed");
}

TEST_CASE("what was heard goes no further than to where a device is waited for") {
  Policy policy;
  policy.config.ota.wait = true;
  Device sent = device_of("A8032A000001");
  auto on_record = std::make_shared<OnRecord>();
  on_record->ota = std::make_shared<const UpdateRecord>(
      UpdateRecord{UpdateState::sent, "1.7.0", "1.7.5", "", 1700000000, 0, 1, ""});
  sent.on_record = on_record;
  DeviceProbe probe(policy, sent);
  const auto answer = heard(true, {answered(200, kSecond)});
  const Action action = answer.play_to(probe, Started{{}, {1700000010, 1h}});
  REQUIRE(std::holds_alternative<Wait>(action));
  CHECK(std::get<Wait>(action).is_away);
  CHECK_FALSE(probe.seen());
}
