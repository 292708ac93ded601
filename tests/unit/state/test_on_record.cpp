// What is saved is what is read back.

#include <doctest/doctest.h>

#include <ctime>
#include <functional>
#include <map>

#include <stage3/state_store.hpp>
#include <stage3/text.hpp>

#include "state/fields.hpp"
#include "state/scan.hpp"
#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

TlsPin a_pin() {
  return {8443, *KeyHash::parse("sha256//PF58AhmNEpXmYls3sKgsmDr8N6y/iWfdSQjm3Iw0g34=")};
}

UpdateRecord an_update() {
  return {UpdateState::lost, "1.4.4", "1.7.5", "b/1.7.5", 1'600'000'000, 1'600'000'700, 2, "x"};
}

/// A result that has something for every member.
DeviceResult full_result() {
  DeviceResult result = good_result(kKey);
  result.outcome = Outcome::failed;
  result.ota_status = OtaStatus::check_failed;
  result.friendly_status = FriendlyStatus::no_value;
  result.finished_at = 1'600'000'001;
  result.last_seen = 1'600'000'000;
  result.update = "1.8.0";
  result.update_build = "20260101-000000/1.8.0-gabcdef0";
  result.ota = std::make_shared<const UpdateRecord>(an_update());
  result.device_name = "K\u00fcche \"\\\n";
  result.errors.push_back({Part::ota, Cause::rpc, 0, -1, "OTA: \u2028 rpc"});
  result.error_id = "ota.rpc friendly.timeout";
  result.tls = a_pin();
  return result;
}

/// Whether what was read back is what full_result() says; a member that is not here fails the test.
const std::map<std::string, std::function<bool(const OnRecord&)>> kIsRead{
    {"ota_status", [](const OnRecord& r) { return r.ota_status == OtaStatus::check_failed; }},
    {"friendly_status",
     [](const OnRecord& r) { return r.friendly_status == FriendlyStatus::no_value; }},
    {"last_run", [](const OnRecord& r) { return r.last_run == 1'600'000'001; }},
    {"last_seen", [](const OnRecord& r) { return r.last_seen == 1'600'000'000; }},
    {"fw", [](const OnRecord& r) { return r.fw == "1.7.5"; }},
    {"fw_id", [](const OnRecord& r) { return r.fw_id == "20251117-101010/1.7.5-g0123456"; }},
    {"app", [](const OnRecord& r) { return r.app == "Plus1"; }},
    {"update_build",
     [](const OnRecord& r) { return r.update_build == "20260101-000000/1.8.0-gabcdef0"; }},
    {"ota", [](const OnRecord& r) { return r.ota && *r.ota == an_update(); }},
    {"update", [](const OnRecord& r) { return r.update == "1.8.0"; }},
    {"device_name", [](const OnRecord& r) { return r.device_name == "K\u00fcche \"\\\n"; }},
    {"error", [](const OnRecord& r) { return r.error == "OTA: \u2028 rpc"; }},
    {"tls", [](const OnRecord& r) { return r.tls == a_pin(); }},
    {"error_id", [](const OnRecord& r) { return r.error_id == "ota.rpc friendly.timeout"; }},
    {"failing_since", [](const OnRecord& r) { return r.failing_since == 1'600'000'001; }},
};

std::string file_with(const std::string& stage3) {
  return "{\"" + kKey + R"(":{"ip":"1.2.3.4","model":"x","hostname":"y","stage3":)" + stage3 + "}}";
}

std::shared_ptr<const OnRecord> on_record(const std::string& stage3) {
  return parsed(file_with(stage3)).devices.at(0).on_record;
}

/// `{"name":token}` as it is read; "-": as absent.
std::string read(const std::string& name, const std::string& token) {
  const auto record = on_record("{\"" + name + "\":" + token + "}");
  if (!record) return "-";
  const std::string word = record->ota_status        ? to_string(*record->ota_status)
                           : record->friendly_status ? to_string(*record->friendly_status)
                                                     : "";
  const std::int64_t time = record->last_run + record->last_seen + record->failing_since;
  return word + record->fw + record->fw_id + record->app + record->update + record->update_build +
         record->device_name.value_or("") + record->error + record->error_id +
         (time == 0 ? "" : to_utc(time));
}

}  // namespace

TEST_CASE("every member that is recorded is read back as it was saved") {
  const TempDir dir;
  write_file(dir / "s.json", "{\"" + kKey + "\": {\"ip\": \"1.2.3.4\"}}");
  StateStore store = StateStore::load(dir / "s.json");
  CHECK(!store.devices().at(0).on_record);
  store.record(full_result());
  REQUIRE(store.save().written);
  const std::string text = read_file(dir / "s.json");

  const StateStore again = StateStore::load(dir / "s.json");
  const auto record = again.devices().at(0).on_record;
  REQUIRE(record);
  const state::Entry entry = parsed(text).document.entries.at(0);
  for (std::size_t i = 0; i < state::kFieldCount; ++i) {
    const std::string name(state::fields()[i].name);
    CAPTURE(name);
    REQUIRE_MESSAGE(kIsRead.count(name) == 1, "say here what is to be read back");
    CHECK(kIsRead.at(name)(*record));
    // By itself, so that it cannot be another member that was read.
    REQUIRE_MESSAGE(entry.fields[i] != 0, "full_result() has nothing for it");
    const state::Member member = state::member_at(text, entry.fields[i]);
    const auto alone = on_record("{" + text.substr(member.key, member.end - member.key) + "}");
    REQUIRE_MESSAGE(alone, "its row has no reader");
    CHECK(kIsRead.at(name)(*alone));
  }
}

TEST_CASE("every word is read back") {
  for (const OtaStatus status :
       {OtaStatus::up_to_date, OtaStatus::update_available, OtaStatus::offline,
        OtaStatus::check_failed, OtaStatus::error, OtaStatus::skipped}) {
    const std::string word = to_string(status);
    CHECK(on_record("{\"ota_status\":\"" + word + "\"}")->ota_status == status);
  }
  for (const FriendlyStatus status : {FriendlyStatus::ok, FriendlyStatus::no_value,
                                      FriendlyStatus::error, FriendlyStatus::skipped}) {
    const std::string word = to_string(status);
    CHECK(on_record("{\"friendly_status\":\"" + word + "\"}")->friendly_status == status);
  }
}

TEST_CASE("what no run can have written counts as absent, member by member") {
  const std::string huge(600, 'x');
  for (const state::Field& field : state::fields()) {
    const std::string name(field.name);
    CAPTURE(name);
    if (field.shape == state::Shape::ota) continue;  // that is never absent
    for (const char* token : {"null", "1", "-0.5", "true", "[]", "[\"1.7.5\"]", "{}",
                              R"({"ota_status":"ok","fw":"1"})", R"("\ud800")"}) {
      CAPTURE(token);
      CHECK(read(name, token) == "-");
    }
    if (name != "device_name") CHECK(read(name, "\"" + huge + "\"") == "-");
  }
  CHECK(read("device_name", "\"" + huge + "\"") == huge);
  CHECK(read("device_name", "\"" + huge + huge + "\"") == "-");
  CHECK(read("ota_status", R"("ok")") == "-");
  CHECK(read("friendly_status", R"("up_to_date")") == "-");
  CHECK(read("ota_status", R"("")") == "-");
  CHECK(read("last_run", R"("gestern")") == "-");
  CHECK(read("unknown", R"("1.7.5")") == "-");

  const auto record = on_record(R"({"fw":7,"last_run":"2020-01-01T00:00:00Z","x":{"fw":"9"}})");
  REQUIRE(record);
  CHECK(record->fw.empty());
  CHECK(record->last_run == 1'577'836'800);
}

TEST_CASE("nothing on record") {
  for (const char* stage3 : {"{}", "null", R"({"mine":1})", R"({"fw":null})"})
    CHECK(!on_record(stage3));
  CHECK(!parsed(R"({"A8032ABE54DC":{"ip":"1.2.3.4","fw":"1.7.5"}})").devices.at(0).on_record);
}

TEST_CASE("a time that is far ahead is none; a clock that differs a little is no harm") {
  const auto last_run = [](std::int64_t ahead) {
    const std::string time = to_utc(std::time(nullptr) + ahead);
    const StateStore store =
        StateStore::parse(file_with(R"({"fw":"1","last_run":")" + time + "\"}"));
    return store.devices().at(0).on_record->last_run;
  };
  CHECK(last_run(-1) > 0);
  CHECK(last_run(3600) > 0);
  CHECK(last_run(25 * 3600) == 0);
}

TEST_CASE("damaged and foreign values stay as they are until a result has something for them") {
  const std::string before =
      R"({"fw":{"a":1},"error":7,"update":[1],"device_name":null,"mine":"x","last_seen":"2999-01-01"})";
  DeviceResult result = offline_result(kKey);
  result.errors.clear();
  CHECK(merged(file_with(before), {result}) ==
        file_with(R"({"fw":{"a":1},"update":[1],"device_name":null,"mine":"x",)"
                  R"("last_seen":"2999-01-01","ota_status":"offline",)"
                  R"("last_run":"2026-11-23T14:31:05Z","failing_since":"2026-11-23T14:31:05Z"})"));
}

TEST_CASE(
    "of an entry that can be read in two ways nothing is on record, and one record is no other's") {
  CHECK(!on_record(R"({"fw":"1","fw":"2"})"));
  CHECK(!parsed(R"({"A8032ABE54DC":{"ip":"1.2.3.4","stage3":{"fw":"1"},"stage3":{}}})")
             .devices.at(0)
             .on_record);
  const auto devices =
      parsed(R"({"A8032ABE54DC":{"stage3":{"fw":"1","fw":"2"}},"A8032ABE54DD":{"stage3":{"x":1}},)"
             R"("A8032ABE54DE":{"ip":"?","stage3":{"update":"3"}}})")
          .devices;
  CHECK(!devices.at(1).on_record);
  REQUIRE(devices.at(2).on_record);
  CHECK(!devices.at(2).defect.empty());
  CHECK(devices.at(2).on_record->fw.empty());
  CHECK(devices.at(2).on_record->update == "3");
}

TEST_CASE("copies of a device share what is on record") {
  CHECK(sizeof(std::shared_ptr<const OnRecord>) + 264 >= sizeof(Device));
  const Device device = parsed(file_with(R"({"fw":"1"})")).devices.at(0);
  const Device copy = device;
  CHECK(copy.on_record == device.on_record);
}

TEST_CASE("a key stays on record as it is spelled, with what else stands beside it") {
  const TempDir dir;
  const std::string tls =
      R"({ "note":1, "key":"sha256//PF58AhmNEpXmYls3sKgsmDr8N6y\/iWfdSQjm3Iw0g34=", "port" : 8443 })";
  write_file(dir / "s.json", file_with("{\"tls\":" + tls + "}"));
  StateStore store = StateStore::load(dir / "s.json");
  REQUIRE(store.devices().at(0).on_record);
  CHECK(store.devices().at(0).on_record->tls == a_pin());

  DeviceResult same = full_result();
  store.record(same);
  REQUIRE(store.save().written);
  CHECK(read_file(dir / "s.json").find(tls) != std::string::npos);

  same.tls.reset();
  store.record(same);
  store.save();
  CHECK(read_file(dir / "s.json").find(tls) != std::string::npos);

  same.tls = TlsPin{443, KeyHash()};
  store.record(same);
  store.save();
  CHECK(read_file(dir / "s.json").find(tls) != std::string::npos);

  same.tls_key_changed = true;
  store.record(same);
  REQUIRE(store.save().written);
  const std::string text = read_file(dir / "s.json");
  CHECK(text.find("\"note\":1") != std::string::npos);
  CHECK(StateStore::load(dir / "s.json").devices().at(0).on_record->tls == same.tls);
}

TEST_CASE("a key that was learnt and is not saved yet is not lost or replaced by a later result") {
  const TempDir dir;
  write_file(dir / "s.json", file_with("{}"));
  StateStore store = StateStore::load(dir / "s.json");
  DeviceResult result = full_result();
  store.record(result);
  result.tls.reset();
  store.record(result);
  result.tls = TlsPin{8443, KeyHash()};
  store.record(result);
  result.tls = TlsPin{9443, a_pin().key};
  store.record(result);
  REQUIRE(store.save().written);
  CHECK(StateStore::load(dir / "s.json").devices().at(0).on_record->tls ==
        TlsPin{9443, a_pin().key});
}

TEST_CASE("what others have done to a key since the file was loaded is left alone") {
  const TempDir dir;
  const std::string ours = R"({"tls":{"port":8443,"key":")" + a_pin().key.to_string() + "\"}}";
  const std::string theirs = R"({"tls":{"port":443,"key":")" + KeyHash().to_string() + "\"}}";
  const std::string ours_elsewhere =
      R"({"tls":{"port":443,"key":")" + a_pin().key.to_string() + "\"}}";
  struct Case {
    std::string before, meanwhile;
    bool is_taken;
    std::optional<TlsPin> after;
  };
  for (const auto& row : {
           Case{"{}", theirs, false, TlsPin{443, KeyHash()}},
           Case{ours, theirs, false, TlsPin{443, KeyHash()}},
           Case{ours, "{}", false, std::nullopt},
           Case{"{}", "{}", false, a_pin()},
           Case{R"({"tls":null})", R"({"tls":null})", false, a_pin()},
           Case{theirs, theirs, true, a_pin()},
           Case{ours_elsewhere, ours_elsewhere, false, a_pin()},
           Case{"{}", ours_elsewhere, false, a_pin()},
       }) {
    const auto& [before, meanwhile, is_taken, after] = row;
    CAPTURE(row.before);
    CAPTURE(row.meanwhile);
    write_file(dir / "s.json", file_with(before));
    StateStore store = StateStore::load(dir / "s.json");
    DeviceResult result = full_result();
    result.tls_key_changed = is_taken;
    store.record(result);
    write_file(dir / "s.json", file_with(meanwhile));
    REQUIRE(store.save().written);
    CHECK(StateStore::load(dir / "s.json").devices().at(0).on_record->tls == after);
  }
}

TEST_CASE("a key on record that cannot be read makes its entry unusable: nobody else may do") {
  const std::string key = R"("sha256//PF58AhmNEpXmYls3sKgsmDr8N6y/iWfdSQjm3Iw0g34=")";
  for (const std::string& tls :
       {std::string("{}"), std::string("true"), std::string("\"x\""), std::string("[]"),
        "{\"key\":" + key + "}", std::string("{\"port\":443}"), "{\"port\":0,\"key\":" + key + "}",
        "{\"port\":65536,\"key\":" + key + "}", "{\"port\":\"443\",\"key\":" + key + "}",
        "{\"port\":443,\"key\":[" + key + "]}", "{\"port\":443,\"port\":444,\"key\":" + key + "}",
        "{\"port\":443,\"key\":" + key + ",\"key\":" + key + "}",
        std::string(R"({"port":443,"key":"sha256//AAAA"})")}) {
    CAPTURE(tls);
    const Device device = parsed(file_with("{\"tls\":" + tls + "}")).devices.at(0);
    CHECK(device.defect.find("stage3.tls is not like {\"port\": 443, \"key\": ") == 0);
  }
  const Device device = parsed(file_with("{\"tls\":null}")).devices.at(0);
  CHECK(device.defect == "");
  CHECK_FALSE(device.on_record);
}
