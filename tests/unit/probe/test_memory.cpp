// What a conversation keeps while it waits for its permit, as thousands may; and no memory at all.

#include <malloc.h>

#include <cstdlib>
#include <new>

#include "conversation.hpp"

using namespace stage3;

namespace {

/// Beside the result, which is the caller's in the end.
constexpr std::size_t kLimit = 1024;

std::size_t kept = 0;
bool is_full = false;

std::size_t size_of(void* memory) {
  constexpr std::size_t kHeader = 8;
  return memory == nullptr ? 0 : malloc_usable_size(memory) + kHeader;
}

Reply answer(std::string_view body) {
  Reply reply;
  reply.status = 200;
  reply.body = body;
  return reply;
}

/// Brings the probe to where its update waits, by way of a name that is written; with a login if
/// the device wants one.
void go_to_permit(DeviceProbe& probe, bool wants_login) {
  const std::string identity = info();
  const std::string named = info(R"("name":"Neu")");
  const std::string offered = offer("1.7.5");
  probe.on(Started{});
  probe.on(Pinged{true});
  probe.on(answer(identity));
  if (wants_login) {
    const std::string challenge = a_challenge();
    Reply reply;
    reply.status = 401;
    reply.challenges.push_back(challenge);
    probe.on(reply);
  }
  probe.on(answer("{}"));
  probe.on(answer(named));
  REQUIRE(std::holds_alternative<Permit>(probe.on(answer(offered))));
}

/// What a conversation keeps beside its result, in bytes: `go` brings it there.
template <class Go>
std::size_t kept_after(const Policy& policy, Go go) {
  const std::size_t before = kept;
  DeviceProbe probe(policy, a_device());
  REQUIRE(kept > before);  // what is kept is counted
  go(probe);
  const std::size_t with_result = kept;
  const DeviceResult copy = probe.result();
  const std::size_t of_result = kept - with_result;
  return sizeof(DeviceProbe) + (with_result - before) - of_result - sizeof(DeviceResult);
}

std::size_t kept_at_permit(bool wants_login) {
  return kept_after(with_password(updating()),
                    [=](DeviceProbe& probe) { go_to_permit(probe, wants_login); });
}

Policy waiting_with_password() {
  Policy policy = with_password(updating());
  policy.config.ota.wait = true;
  return policy;
}

/// Its update is installed.
void go_away(DeviceProbe& probe, bool wants_login) {
  go_to_permit(probe, wants_login);
  probe.on(Granted{true});
  for (const std::string& body : {shelly::sys_status(kUptime), info(), std::string("null")}) {
    const Action sent = probe.on(answer(body));
    if (const auto* wait = std::get_if<Wait>(&sent)) REQUIRE(wait->is_away);
  }
  REQUIRE(probe.progress().is_away);
}

std::size_t kept_while_away(bool wants_login) {
  return kept_after(waiting_with_password(),
                    [=](DeviceProbe& probe) { go_away(probe, wants_login); });
}

/// All that is kept then but the device, which has no memory of its own here.
std::size_t kept_while_resting(bool wants_login) {
  const Policy policy = waiting_with_password();
  const std::size_t before = kept;
  DeviceProbe probe(policy, a_device());
  go_away(probe, wants_login);
  probe.rest();
  return sizeof(DeviceProbe) + (kept - before) - sizeof(Device);
}

}  // namespace

void* operator new(std::size_t size) {
  void* const memory = is_full ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  kept += size_of(memory);
  return memory;
}

/// The sanitizers' own does not call the one above, as others do: std::stable_partition takes it.
void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  void* const memory = is_full ? nullptr : std::malloc(size == 0 ? 1 : size);
  kept += size_of(memory);
  return memory;
}

void operator delete(void* memory) noexcept {
  kept -= size_of(memory);
  std::free(memory);
}

void operator delete(void* memory, std::size_t) noexcept {
  operator delete(memory);
}

namespace {

/// False where something else hands out the memory: under valgrind, which the plain run stands in
/// for.
bool is_counted() {
  const std::size_t before = kept;
  void* const memory = operator new(64);
  const bool has_moved = kept > before;
  operator delete(memory);
  return has_moved;
}

}  // namespace

TEST_CASE("a conversation that waits keeps less than 1 KiB beside its result" *
          doctest::skip(!is_counted())) {
  CHECK(kept_at_permit(false) < kLimit);
  CHECK(kept_at_permit(true) < kLimit);
  CHECK(kept_while_away(false) < kLimit);
  CHECK(kept_while_away(true) < kLimit);
  // A login after the reboot is a new one.
  CHECK(kept_while_away(true) < kept_while_away(false) + 64);
}

TEST_CASE("one that rests keeps little more than the texts of its result" *
          doctest::skip(!is_counted())) {
  CHECK(kept_while_resting(false) < 576);
  CHECK(kept_while_resting(true) < 576);
}

TEST_CASE("one that there is no memory to rest for goes on as it was" *
          doctest::skip(!is_counted())) {
  const Policy policy = waiting_with_password();
  DeviceProbe probe(policy, a_device());
  go_away(probe, false);
  const std::string before = to_json(probe.result());
  is_full = true;
  probe.rest();
  is_full = false;
  CHECK(to_json(probe.result()) == before);
  probe.rest();
  is_full = true;
  bool is_told = false;
  try {
    probe.on(Waited{});
  } catch (const std::bad_alloc&) {
    is_told = true;
  }
  is_full = false;
  CHECK(is_told);
  CHECK(probe.device().key == a_device().key);
  probe.abandon();
  CHECK(probe.result().update_sent);
  CHECK(probe.result().ota->state == UpdateState::sent);
}

TEST_CASE("a probe that there is no memory for takes nothing from its device" *
          doctest::skip(!is_counted())) {
  const Policy policy;
  Device device = named("a name that is too long for a string without memory of its own");
  const std::string name = device.wanted_name.text;
  bool is_told = false;
  is_full = true;
  try {
    DeviceProbe probe(policy, std::move(device));
    is_full = false;
  } catch (const std::bad_alloc&) {
    is_full = false;
    is_told = true;
  }
  CHECK(is_told);
  CHECK(device.wanted_name.text == name);
}
