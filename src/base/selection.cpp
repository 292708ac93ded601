#include <stage3/device.hpp>
#include <stage3/error.hpp>

#include <algorithm>
#include <iterator>

#include "base/text.hpp"

namespace stage3 {
namespace {

/// An entry that cannot be used still has its place, if its address was not what is wrong with it.
bool is_at(const Device& device, const std::string& text) {
  if (!device.defect.empty() && !Address::parse(device.address_text)) return false;
  const auto address = Address::parse(text, device.address.port());
  return address && *address == device.address;
}

void check(const std::string& address, const std::vector<Device>& devices) {
  if (!Address::parse(address))
    throw Error(
        Errc::invalid_argument,
        quoted(address) + " is not an address: an IPv4 or IPv6 literal, with or without a port");
  if (std::none_of(devices.begin(), devices.end(),
                   [&](const Device& device) { return is_at(device, address); }))
    throw Error(Errc::invalid_argument, "no device has the address " + quoted(address));
}

}  // namespace

std::vector<Device> at_addresses(const std::vector<Device>& devices,
                                 const std::vector<std::string>& addresses) {
  for (const std::string& address : addresses)
    check(address, devices);
  std::vector<Device> selected;
  std::copy_if(
      devices.begin(), devices.end(), std::back_inserter(selected), [&](const Device& device) {
        return std::any_of(addresses.begin(), addresses.end(),
                           [&](const std::string& address) { return is_at(device, address); });
      });
  return selected;
}

}  // namespace stage3
