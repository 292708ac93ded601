#include "fault.hpp"

#include "device.hpp"
#include "settings.hpp"

namespace sim {
namespace {

bool is_active(const Fault& fault, const Device& device) {
  std::uint32_t calls = 0;
  for (std::size_t i = 0; i < kRpcCount; ++i) {
    if (fault.rpcs[i]) calls += device.calls[i];
  }
  return calls >= fault.from && calls - fault.from < fault.count;
}

}  // namespace

const char* name_of(FaultKind kind) {
  static constexpr const char* kNames[] = {"status",   "error",    "hang",      "reset",   "close",
                                           "truncate", "garbage",  "drip",      "endless", "mac",
                                           "headers",  "redirect", "challenge", "raw"};
  return kNames[static_cast<std::size_t>(kind)];
}

const Fault* fault_for(const Device& device, Rpc rpc) {
  for (const Fault& fault : device.settings->faults) {
    if (fault.kind == FaultKind::mac || !fault.rpcs[index_of(rpc)]) continue;
    if (is_active(fault, device)) return &fault;
  }
  return nullptr;
}

const Fault* identity_fault(const Device& device) {
  for (const Fault& fault : device.settings->faults) {
    if (fault.kind == FaultKind::mac && is_active(fault, device)) return &fault;
  }
  return nullptr;
}

}  // namespace sim
