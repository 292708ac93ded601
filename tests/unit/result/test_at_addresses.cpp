#include <doctest/doctest.h>

#include <string>
#include <vector>

#include <stage3/device.hpp>
#include <stage3/error.hpp>

using stage3::Address;
using stage3::at_addresses;
using stage3::Device;

namespace {

Device device_at(const std::string& address) {
  Device device;
  device.key = address;
  device.address_text = address;
  device.address = Address::parse(address).value_or(Address());
  return device;
}

std::string keys_at(const std::vector<Device>& devices, const std::vector<std::string>& addresses) {
  std::string keys;
  for (const Device& device : at_addresses(devices, addresses))
    keys += device.key + ' ';
  return keys;
}

}  // namespace

TEST_CASE("devices are selected by address, with or without a port") {
  const std::vector<Device> devices{device_at("10.0.0.1:81"), device_at("10.0.0.1:82"),
                                    device_at("10.0.0.2"), device_at("[fd00::1]:81")};
  CHECK(keys_at(devices, {"10.0.0.1"}) == "10.0.0.1:81 10.0.0.1:82 ");
  CHECK(keys_at(devices, {"10.0.0.2", "10.0.0.1:82"}) == "10.0.0.1:82 10.0.0.2 ");
  CHECK(keys_at(devices, {"10.0.0.2:80"}) == "10.0.0.2 ");
  CHECK(keys_at(devices, {"fd00:0::1"}) == "[fd00::1]:81 ");
  CHECK(keys_at(devices, {}).empty());
  CHECK_THROWS_WITH_AS(at_addresses(devices, {"10.0.0.1", "10.0.0.2:81"}),
                       "no device has the address '10.0.0.2:81'", stage3::Error);
  CHECK_THROWS_AS(at_addresses(devices, {"shelly.local"}), stage3::Error);
}

TEST_CASE("an unusable device is selected by an address it does have") {
  Device with = device_at("10.0.0.1");
  with.defect = "bad MAC";
  Device without = device_at("0.0.0.0");
  without.address_text = "shelly.local";
  without.defect = "bad address";
  CHECK(keys_at({with, without}, {"10.0.0.1"}) == "10.0.0.1 ");
  CHECK_THROWS_AS(at_addresses({with, without}, {"0.0.0.0"}), stage3::Error);
}

TEST_CASE("thousands of addresses among tens of thousands of devices") {
  std::vector<Device> devices;
  std::vector<std::string> addresses;
  for (int i = 0; i < 50'000; ++i) {
    const std::string address = "10." + std::to_string(i >> 16) + '.' +
                                std::to_string(i >> 8 & 255) + '.' + std::to_string(i & 255);
    devices.push_back(device_at(address));
    if (i % 5 == 0) addresses.push_back(address);
  }
  // Each looked for among all of them would take minutes.
  CHECK(at_addresses(devices, addresses).size() == addresses.size());
}
