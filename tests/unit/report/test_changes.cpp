#include <doctest/doctest.h>

#include "fleet.hpp"

using namespace stage3;

namespace {

std::string changes(const std::vector<Device>& before, const std::vector<Device>& after) {
  const char* const kWords[] = {"failed", "offline", "recovered", "firmware",
                                "name",   "offered", "added",     "removed"};
  std::string text;
  for (const auto& change : overview_of(after, &before, kNow).changes) {
    text += std::string(kWords[static_cast<int>(change.kind)]) + ' ' +
            change.device->key.substr(10) + '(' + change.from + "->" + change.to + ") ";
  }
  return text;
}

Device offline(int number) {
  return device_with(number, [](OnRecord& record) { record.ota_status = OtaStatus::offline; });
}

}  // namespace

TEST_CASE("what has become of each device since an earlier file") {
  CHECK(changes({well(1), locked(2)}, {well(1), locked(2)}).empty());
  CHECK(changes({well(1)}, {locked(1)}) == "failed 01(->auth: login refused) ");
  CHECK(changes({locked(1)}, {well(1)}) == "recovered 01(auth: login refused->) ");
  CHECK(changes({well(1)}, {offline(1)}) == "offline 01(->) ");
  CHECK(changes({offline(1)}, {well(1)}) == "recovered 01(->) ");
  UpdateRecord unchanged;
  unchanged.state = UpdateState::unchanged;
  const Device not_updated = device_with(
      1, [&](OnRecord& record) { record.ota = std::make_shared<const UpdateRecord>(unchanged); });
  CHECK(changes({locked(1)}, {not_updated}).empty());
  CHECK(changes({offline(1)}, {locked(1)}) == "failed 01(->auth: login refused) ");
  CHECK(changes({well(1)}, {well(1), well(2)}) == "added 02(->) ");
  CHECK(changes({well(1), well(2)}, {well(2)}) == "removed 01(->) ");
}

TEST_CASE("a first result is no recovery") {
  CHECK(changes({blank_device(1)}, {well(1)}).empty());
  CHECK(changes({blank_device(1)}, {locked(1)}) == "failed 01(->auth: login refused) ");
}

TEST_CASE("versions, names and offers that are others") {
  const Device after = device_with(1, [](OnRecord& record) {
    record.fw = "2.0.0";
    record.device_name = "Hall";
    record.update = "2.1.0";
  });
  CHECK(changes({well(1)}, {after}) ==
        "firmware 01(1.7.5->2.0.0) name 01(Lamp 1->Hall) offered 01(2.0.0->2.1.0) ");
  CHECK(changes({after}, {after}).empty());
}

TEST_CASE("by kind, then in the order of the file") {
  CHECK(changes({well(1), well(2), well(3)}, {well(4), locked(1), offline(2), locked(3)}) ==
        "failed 01(->auth: login refused) failed 03(->auth: login refused) offline 02(->) "
        "added 04(->) ");
}
