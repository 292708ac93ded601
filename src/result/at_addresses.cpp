#include <stage3/device.hpp>
#include <stage3/error.hpp>

#include <map>
#include <optional>

#include "base/text.hpp"

namespace stage3 {
namespace {

/// The address of the same host that all of its ports share.
Address host_of(const Address& address) {
  const std::uint8_t* const bytes = address.bytes().data();
  return address.is_v6() ? Address::from_bytes_v6(bytes) : Address::from_bytes_v4(bytes);
}

/// An entry that cannot be used still has its place, if its address was not what is wrong with it.
bool has_place(const Device& device) {
  return device.defect.empty() || Address::parse(device.address_text);
}

/// The addresses that are looked for, and which of them have been found.
class Wanted {
 public:
  explicit Wanted(const std::vector<std::string>& texts) {
    for (const std::string& text : texts)
      add(text);
  }

  /// Notes what it finds.
  bool has(const Address& address) {
    const bool has_place = find(places_, address);
    return find(hosts_, host_of(address)) || has_place;
  }

  bool has_found(const std::string& text) const {
    const Address address = *Address::parse(text);
    return names_port(text) ? places_.at(address) : hosts_.at(host_of(address));
  }

 private:
  using Found = std::map<Address, bool>;

  static bool names_port(const std::string& text) {
    return Address::parse(text, 80) == Address::parse(text, 81);
  }

  static bool find(Found& found, const Address& address) {
    const auto place = found.find(address);
    if (place == found.end()) return false;
    place->second = true;
    return true;
  }

  void add(const std::string& text) {
    const std::optional<Address> address = Address::parse(text);
    if (!address) {
      throw Error(
          Errc::invalid_argument,
          quoted(text) + " is not an address: an IPv4 or IPv6 literal, with or without a port");
    }
    if (names_port(text))
      places_.emplace(*address, false);
    else
      hosts_.emplace(host_of(*address), false);
  }

  Found places_;  ///< with their port
  Found hosts_;   ///< with any port
};

}  // namespace

std::vector<Device> at_addresses(const std::vector<Device>& devices,
                                 const std::vector<std::string>& addresses) {
  Wanted wanted(addresses);
  std::vector<Device> selected;
  for (const Device& device : devices) {
    if (has_place(device) && wanted.has(device.address)) selected.push_back(device);
  }
  for (const std::string& text : addresses) {
    if (!wanted.has_found(text)) {
      throw Error(Errc::invalid_argument, "no device has the address " + quoted(text));
    }
  }
  return selected;
}

}  // namespace stage3
