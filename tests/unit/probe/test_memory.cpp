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

/// Brings the probe to where its update waits, by way of a name that is written; with a login if
/// the device wants one.
void go_to_permit(DeviceProbe& probe, bool wants_login) {
  const auto answer = [&](const std::string& body) {
    Reply reply;
    reply.status = 200;
    reply.body = body;
    return probe.on(reply);
  };
  probe.on(Started{});
  probe.on(Pinged{true});
  answer(info());
  if (wants_login) {
    const std::string challenge = a_challenge();
    Reply reply;
    reply.status = 401;
    reply.challenges.push_back(challenge);
    probe.on(reply);
  }
  answer("{}");
  answer(info(R"("name":"Neu")"));
  REQUIRE(std::holds_alternative<Permit>(answer(offer("1.7.5"))));
}

/// What a waiting conversation keeps beside its result, in bytes.
std::size_t kept_at_permit(bool wants_login) {
  const Policy policy = with_password(updating());
  const std::size_t before = kept;
  DeviceProbe probe(policy, a_device());
  REQUIRE(kept > before);  // what is kept is counted
  go_to_permit(probe, wants_login);
  return sizeof(DeviceProbe) + (kept - before) - sizeof(DeviceResult);
}

}  // namespace

void* operator new(std::size_t size) {
  void* const memory = is_full ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
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
