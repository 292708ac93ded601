#include "tls_fault.hpp"

#include <algorithm>

#include "device.hpp"
#include "settings.hpp"
#include "tls_state.hpp"

namespace sim {
namespace {

struct Names {
  const char *word, *log;
};

constexpr Names kFaultNames[] = {
    {"key", "key"},
    {"alert", "handshake alert"},
    {"close", "handshake close"},
    {"reset", "handshake reset"},
    {"hang", "handshake hang"},
    {"drip", "handshake drip"},
    {"garbage", "handshake garbage"},
    {"http", "handshake http"},
    {"downgrade", "handshake downgrade"},
    {"endless", "handshake endless"},
};

bool is_within(std::uint32_t number, std::uint32_t first, std::uint32_t count) {
  return number >= first && number - first < count;
}

bool is_active(const TlsFault& fault, const Device& device, double now) {
  std::uint32_t calls = 0;
  for (std::size_t i = 0; i < kRpcCount; ++i) {
    if (fault.rpcs[i]) calls += device.calls[i];
  }
  return is_within(device.tls->handshakes_begun, fault.from, fault.count) &&
         is_within(calls, fault.after_calls, fault.for_calls) && now >= fault.after_seconds &&
         now - fault.after_seconds < fault.for_seconds;
}

const TlsFault* first_active(const Device& device, double now, bool changes_key) {
  const auto& faults = device.settings->tls->faults;
  const auto found = std::find_if(faults.begin(), faults.end(), [&](const TlsFault& fault) {
    return (fault.kind == TlsFaultKind::key) == changes_key && is_active(fault, device, now);
  });
  return found == faults.end() ? nullptr : &*found;
}

}  // namespace

const char* name_of(TlsFaultKind kind) {
  return kFaultNames[static_cast<std::size_t>(kind)].word;
}

const char* log_name_of(TlsFaultKind kind) {
  return kFaultNames[static_cast<std::size_t>(kind)].log;
}

const TlsFault* handshake_fault(const Device& device, double now) {
  return first_active(device, now, false);
}

const TlsFault* key_fault(const Device& device, double now) {
  return first_active(device, now, true);
}

}  // namespace sim
