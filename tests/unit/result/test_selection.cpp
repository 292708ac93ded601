#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <stage3/error.hpp>
#include <stage3/selection.hpp>

using stage3::Address;
using stage3::Device;
using stage3::DeviceResult;
using stage3::FriendlyStatus;
using stage3::has_news;
using stage3::last_outcome;
using stage3::Mac;
using stage3::OnRecord;
using stage3::OtaStatus;
using stage3::Outcome;
using stage3::Selection;
using stage3::WantedName;

namespace {

Device device(const std::string& ip = "10.0.0.1", const std::string& mac = "A8032ABE54DC") {
  Device device;
  device.mac = Mac::parse(mac).value();
  device.address = Address::parse(ip).value();
  return device;
}

Device recorded(OnRecord on_record) {
  Device recorded = device();
  recorded.on_record = std::make_shared<const OnRecord>(std::move(on_record));
  return recorded;
}

Device with_status(std::optional<OtaStatus> ota, std::optional<FriendlyStatus> friendly = {}) {
  OnRecord on_record;
  on_record.ota_status = ota;
  on_record.friendly_status = friendly;
  return recorded(std::move(on_record));
}

Device named(const std::string& name) {
  Device named = device();
  named.wanted_name = {WantedName::Kind::text, name};
  return named;
}

bool selects(const std::vector<std::string>& terms, const Device& device) {
  return Selection::parse(terms).has(device);
}

void check_refusal(const std::string& term, const std::string& message) {
  CAPTURE(term);
  CHECK_THROWS_WITH_AS(Selection::parse({term}), message.c_str(), stage3::Error);
}

const std::string kKeys = "status, ota, friendly, app, model, name, ip, mac, fw, site)";

}  // namespace

TEST_CASE("no term selects every device, several those for which all hold") {
  CHECK(Selection().is_all());
  CHECK(Selection::parse({}).is_all());
  CHECK(selects({}, device()));

  Device flur = named("Flur");
  flur.model = "S1";
  CHECK(selects({"name=Flur", "model=S1"}, flur));
  CHECK(!selects({"name=Flur", "model=S2"}, flur));
  CHECK(!selects({"name=Bad", "model=S1"}, flur));
  CHECK(Selection::parse({"name=Flur", "model=S1,S2"}).text() == "name=Flur, model=S1,S2");
}

TEST_CASE("the devices that a selection has come in their order") {
  const std::vector<Device> fleet{named("c"), named("b"), named("a"), named("b")};
  const auto selected = Selection::parse({"name=a,b"}).of(fleet);
  REQUIRE(selected.size() == 3);
  CHECK(selected.at(0).wanted_name.text == "b");
  CHECK(selected.at(1).wanted_name.text == "a");
  CHECK(selected.at(2).wanted_name.text == "b");
  CHECK(Selection().of(fleet).size() == 4);
}

TEST_CASE("of the devices at an address those that a selection has") {
  std::vector<Device> fleet{device("10.0.0.1"), device("10.0.0.2"), named("a")};
  fleet.at(0).model = "S1";
  const auto count = [&](const std::vector<std::string>& addresses,
                         const std::vector<std::string>& terms) {
    return stage3::select(fleet, addresses, Selection::parse(terms)).size();
  };
  CHECK(count({}, {}) == 3);
  CHECK(count({"10.0.0.1"}, {}) == 2);
  CHECK(count({}, {"status=new"}) == 3);
  CHECK(count({"10.0.0.1"}, {"model=S*"}) == 1);
  CHECK_THROWS_WITH_AS(count({"10.0.0.2"}, {"model=S*", "ip=10.0.0.0/8"}),
                       "no device is selected by 'model=S*, ip=10.0.0.0/8'", stage3::Error);
  CHECK_THROWS_WITH_AS(count({"10.0.0.3"}, {"model=X"}), "no device has the address '10.0.0.3'",
                       stage3::Error);
  fleet.clear();
  CHECK(count({}, {}) == 0);
}

TEST_CASE("what became of a device last time") {
  CHECK(!last_outcome(device()));
  CHECK(!last_outcome(with_status({})));
  CHECK(last_outcome(with_status(OtaStatus::up_to_date, FriendlyStatus::ok)) == Outcome::ok);
  CHECK(last_outcome(with_status(OtaStatus::update_available)) == Outcome::ok);
  CHECK(last_outcome(with_status(OtaStatus::skipped, FriendlyStatus::skipped)) == Outcome::ok);
  CHECK(last_outcome(with_status(OtaStatus::check_failed)) == Outcome::failed);
  CHECK(last_outcome(with_status(OtaStatus::error)) == Outcome::failed);
  CHECK(last_outcome(with_status(OtaStatus::skipped, FriendlyStatus::error)) == Outcome::failed);
  // Its name is as it was before it went.
  CHECK(last_outcome(with_status(OtaStatus::offline, FriendlyStatus::error)) == Outcome::offline);
  OnRecord lost;
  lost.ota_status = OtaStatus::offline;
  lost.error_id = "ota.lost";
  Device away = device();
  away.on_record = std::make_shared<const OnRecord>(lost);
  CHECK(last_outcome(away) == Outcome::failed);
  Device unusable = with_status(OtaStatus::up_to_date);
  unusable.defect = "no ip";
  CHECK(last_outcome(unusable) == Outcome::failed);
}

TEST_CASE("by status, and by the words on record") {
  const Device offline = with_status(OtaStatus::offline, FriendlyStatus::ok);
  CHECK(selects({Selection::kRetry}, offline));
  CHECK(selects({Selection::kRetry}, with_status(OtaStatus::check_failed)));
  CHECK(!selects({Selection::kRetry}, with_status(OtaStatus::up_to_date)));
  CHECK(!selects({Selection::kRetry}, device()));
  CHECK(selects({"status=new"}, device()));
  CHECK(!selects({"status=new"}, offline));
  CHECK(selects({"status=[!o]*"}, device()));
  CHECK(selects({"ota=off*"}, offline));
  CHECK(!selects({"ota=up*,*available"}, offline));
  CHECK(selects({"ota=update*"}, with_status(OtaStatus::update_available)));
  CHECK(selects({"friendly=ok"}, offline));
  CHECK(!selects({"friendly=*"}, with_status(OtaStatus::offline)));
}

TEST_CASE("by what it is") {
  OnRecord on_record;
  on_record.app = "Plus1PM";
  on_record.fw = "1.4.4";
  const Device plus = recorded(std::move(on_record));
  CHECK(selects({"app=Plus*"}, plus));
  CHECK(!selects({"app=plus*"}, plus));
  CHECK(!selects({"app=*"}, device()));
  CHECK(selects({"model=Plus1PM"}, plus));
  CHECK(selects({"fw=1.4.*"}, plus));
  CHECK(!selects({"fw=1.4"}, plus));
  Device labelled = plus;
  labelled.model = "SNSW-001P16EU";
  labelled.site = "Haus 1";
  CHECK(!selects({"model=Plus1PM"}, labelled));
  CHECK(selects({"model=SNSW-001?16EU"}, labelled));
  CHECK(selects({"site=Haus ?"}, labelled));
  CHECK(!selects({"site=*"}, plus));
}

TEST_CASE("by any name that an operator may have seen") {
  CHECK(selects({"name=K\xC3\xBC"
                 "che*"},
                named("K\xC3\xBC"
                      "che Nord")));
  // A name from macOS, and one that was typed.
  CHECK(selects({"name=K\u00fcche"}, named("Ku\u0308che")));
  CHECK(selects({"name=Ku\u0308che"}, named("K\u00fcche")));
  CHECK(selects({"name=Ku\u0308c*,x"}, named("K\u00fcche")));
  CHECK(!selects({"name=Ku*"}, named("Ku\u0308che")));
  CHECK(selects({"name=Bad oben"}, named("  Bad  oben\n")));
  CHECK(selects({"name=  Bad*"}, named("  Bad  oben\n")));
  CHECK(selects({"name=Lampe\\, hell"}, named("Lampe, hell")));
  CHECK(!selects({"name=Lampe, hell"}, named("Lampe, hell")));
  CHECK(!selects({"name=*"}, device()));
  CHECK(!selects({"name=*"}, named(" \n")));
  OnRecord on_record;
  on_record.device_name = "Alt";
  Device renamed = recorded(std::move(on_record));
  renamed.wanted_name = {WantedName::Kind::text, "Neu"};
  CHECK(selects({"name=Alt"}, renamed));
  CHECK(selects({"name=Neu"}, renamed));
}

TEST_CASE("by MAC in any spelling, aliases too") {
  Device aliased = device();
  aliased.aliases = {Mac::parse("001122334455").value()};
  for (const char* term : {"mac=A8032ABE54DC", "mac=a8:03:2a:be:54:dc", "mac=a8-03-2A-*",
                           "mac=*54dc", "mac=0011*", "mac=A8032ABE54D[A-F]", "mac=[a-b]8*"}) {
    CAPTURE(term);
    CHECK(selects({term}, aliased));
  }
  CHECK(!selects({"mac=A8032ABE54DD"}, aliased));
  CHECK(!selects({"mac=A8032ABE54D[A-B]"}, aliased));
  Device unusable;
  unusable.defect = "is not a MAC address";
  CHECK(!selects({"mac=*"}, unusable));
}

TEST_CASE("by address, range and network") {
  const Device at = device("192.168.1.35:8080");
  for (const char* term :
       {"ip=192.168.1.35", "ip=192.168.1.35:8080", "ip=192.168.1.30-192.168.1.35",
        "ip=192.168.1.30-40", "ip=192.168.1.0/24", "ip=192.168.1.36/29", "ip=0.0.0.0/0",
        "ip=10.0.0.1,192.168.1.35", "ip=192.168.1.35/32", "ip=http://192.168.1.35"}) {
    CAPTURE(term);
    CHECK(selects({term}, at));
  }
  for (const char* term : {"ip=192.168.1.35:80", "ip=192.168.1.36-40", "ip=192.168.0.0/24",
                           "ip=192.168.1.40/29", "ip=::/0", "ip=192.168.1.34"}) {
    CAPTURE(term);
    CHECK(!selects({term}, at));
  }
  const Device v6 = device("[fd00::12:35]:80");
  CHECK(selects({"ip=fd00::/64"}, v6));
  CHECK(selects({"ip=fd00::12:0-fd00::12:ffff"}, v6));
  CHECK(selects({"ip=[fd00::12:35]"}, v6));
  CHECK(selects({"ip=fd00::12:30/125,fd00::12:34/127"}, v6));
  CHECK(!selects({"ip=fd00::12:30/126"}, v6));
  CHECK(!selects({"ip=0.0.0.0/0"}, v6));
  // An entry that nobody knows where it is.
  CHECK(!selects({"ip=0.0.0.0/0"}, Device()));
}

TEST_CASE("a term that is none says what it may have been meant as") {
  check_refusal("faild", "'faild' is not KEY=GLOB (the keys are " + kKeys);
  check_refusal("failed", "'failed' is not KEY=GLOB (the keys are " + kKeys +
                              ", did you mean 'status=failed'?");
  check_refusal("stat=failed",
                "unknown key 'stat' (there is " + kKeys + ", did you mean 'status'?");
  check_refusal("colour=red", "unknown key 'colour' (there is " + kKeys);
  check_refusal("Status=ok",
                "unknown key 'Status' (there is " + kKeys + ", did you mean 'status'?");
  check_refusal("=x", "unknown key '' (there is " + kKeys);
  check_refusal("name=", "'name=' has nothing behind its '='");
  check_refusal("name=a,", "'name=a,' has nothing behind a comma");
  check_refusal("name=,a", "'name=,a' has nothing behind its '='");
  check_refusal("name=a,,b", "'name=a,,b' has nothing behind a comma");
  check_refusal(
      "status=faild",
      "'faild' fits no status (there is ok, failed, offline, new), did you mean 'failed'?");
  check_refusal("ota=updateable",
                "'updateable' fits no ota (there is up_to_date, update_available, offline, "
                "check_failed, error, skipped), did you mean 'update_available'?");
  check_refusal("friendly=none", "'none' fits no friendly (there is ok, no_value, error, skipped)");
  check_refusal("mac=A8032A",
                "'A8032A' is no MAC (12 hex digits, bare or in pairs with ':' or "
                "'-'), nor a pattern of one, such as a8:03:*");
  for (const char* term : {"name=[a", "name=[b-a]", "name=a\\", "app=[[:alpha:]]"})
    CHECK_THROWS_AS(Selection::parse({term}), stage3::Error);
  check_refusal("ip=10.0.0.*",
                "'10.0.0.*' is a pattern; there is an address, a range (10.0.0.1-10.0.0.9, "
                "10.0.0.1-9) or a network (10.0.0.0/24)");
  for (const char* term :
       {"ip=10.0.0.9-10.0.0.1", "ip=10.0.0.9-1", "ip=10.0.0.1-256", "ip=10.0.0.1-01",
        "ip=10.0.0.0/33", "ip=fd00::/129", "ip=10.0.0.0/", "ip=10.0.0.0/08", "ip=10.0.0.1-fd00::1",
        "ip=fd00::1-9-9", "ip=kitchen", "ip=10.0.0.1:80-10.0.0.2", "ip=10.0.0.1/24:80", "ip=-",
        "ip=10.0.0.1-"}) {
    CAPTURE(term);
    CHECK_THROWS_AS(Selection::parse({term}), stage3::Error);
  }
}

TEST_CASE("a result has news where it is not what is on record") {
  DeviceResult result;
  result.device = with_status(OtaStatus::up_to_date, FriendlyStatus::ok);
  result.outcome = Outcome::ok;
  result.ota_status = OtaStatus::up_to_date;
  CHECK(!has_news(result));  // without a status of the name the one on record stays
  result.friendly_status = FriendlyStatus::ok;
  CHECK(!has_news(result));
  const auto changed = [&](auto change) {
    DeviceResult other = result;
    change(other);
    return has_news(other);
  };
  CHECK(changed([](DeviceResult& r) { r.ota_status = OtaStatus::offline; }));
  CHECK(changed([](DeviceResult& r) { r.friendly_status = FriendlyStatus::error; }));
  CHECK(changed([](DeviceResult& r) { r.name_changed = true; }));
  CHECK_FALSE(changed([](DeviceResult& r) {
    r.name_changed = true;
    r.friendly_status = FriendlyStatus::error;
    OnRecord same;
    same.ota_status = r.ota_status;
    same.friendly_status = FriendlyStatus::error;
    r.device.on_record = std::make_shared<const OnRecord>(same);
  }));
  CHECK(changed([](DeviceResult& r) { r.update_sent = true; }));
  CHECK(changed([](DeviceResult& r) { r.update_ended = true; }));
  CHECK(changed([](DeviceResult& r) { r.device.on_record = nullptr; }));
  CHECK(changed([](DeviceResult& r) { r.device.defect = "no ip"; }));
  CHECK(!changed([](DeviceResult& r) {
    r.outcome = Outcome::cancelled;
    r.ota_status.reset();
  }));
}
