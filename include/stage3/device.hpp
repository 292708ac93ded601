#pragma once

#include <memory>
#include <string>
#include <vector>

#include <stage3/address.hpp>
#include <stage3/on_record.hpp>

namespace stage3 {

/// The wanted name as the state file has it.
struct WantedName {
  enum class Kind { absent, text, not_a_string };
  Kind kind = Kind::absent;
  std::string text;  ///< as spelled in the file, UTF-8, not normalised
};

/// One known device: an entry of the state file, or made by the embedder.
struct Device {
  std::string key;  ///< the entry's key as spelled; identifies the entry in StateStore::record()
  Mac mac;          ///< what the device must report
  std::vector<Mac> aliases;  ///< other MACs that it may report (`mac_aliases`)
  Address address;
  std::string address_text;  ///< the address as the file spells it, for messages; may be empty
  std::string model;         ///< for display; empty: the device's own `app` is shown
  WantedName wanted_name;
  std::string site;  ///< where it is, in the operator's words: what the entry says as `site`
  std::string
      defect;  ///< not empty: the entry cannot be used, and why; reported as failed, never asked
  /// What is on record of it; null: nothing, or the entry can be read in more than one way. Shared
  /// by all copies of the device, and not changed by a run.
  std::shared_ptr<const OnRecord> on_record;
  void* user = nullptr;  ///< the embedder's; never touched
};

/// Those of `devices` that are at one of `addresses`, in their order; an address without a port
/// stands for all its ports. Throws Error(Errc::invalid_argument) for text that is no address and
/// for an address that no device has.
std::vector<Device> at_addresses(const std::vector<Device>& devices,
                                 const std::vector<std::string>& addresses);

}  // namespace stage3
