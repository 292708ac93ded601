// Whoever keeps a store asks by what is on record now, not by what stood there when it was loaded;
// and a key that others have put there is neither lost nor gone past.

#include <doctest/doctest.h>

#include <thread>

#include <stage3/state_store.hpp>

#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

TlsPin pin_of(std::uint8_t letter, std::uint16_t port = 443) {
  KeyHash::Bytes bytes{};
  bytes.fill(letter);
  return {port, KeyHash(bytes)};
}

const TlsPin kKeyA = pin_of('a');
const TlsPin kKeyB = pin_of('b');
const TlsPin kC = pin_of('c');

std::string json_of(const TlsPin& pin) {
  return R"({"port":)" + std::to_string(pin.port) + R"(,"key":")" + pin.key.to_string() + "\"}";
}
std::string kept_entry(const std::string& stage3) {
  return "{\"" + kKey + R"(":{"ip":"1.2.3.4","model":"x","hostname":"y","stage3":{)" + stage3 +
         "}}}";
}
std::string with_key(const std::string& tls) {
  return kept_entry("\"tls\":" + tls);
}

DeviceResult seen_with(const TlsPin& pin, bool has_changed = false) {
  DeviceResult result = good_result(kKey);
  result.tls = pin;
  result.tls_key_changed = has_changed;
  return result;
}

UpdateRecord an_intent(const std::optional<TlsPin>& pin, bool has_changed = false) {
  UpdateRecord record;
  record.state = UpdateState::sent;
  record.from = "1.4.4";
  record.to = "1.7.5";
  record.sent_at = kRun;
  record.attempts = 1;
  record.error = "may have started, no answer";
  record.tls = pin;
  record.tls_key_changed = has_changed;
  return record;
}

/// A store whose file others write, too.
class Kept {
 public:
  explicit Kept(const std::string& text) {
    write(text);
    store.emplace(StateStore::load(path()));
  }
  void write(const std::string& text) const { write_file(path(), text); }
  std::string saved() {
    report = store->save();
    return read_file(path());
  }
  std::shared_ptr<const OnRecord> on_record() const { return store->device(0).on_record; }
  std::optional<TlsPin> key() const { return on_record() ? on_record()->tls : std::nullopt; }
  std::optional<TlsPin> key_in_file() const {
    const auto record = StateStore::load(path()).device(0).on_record;
    return record ? record->tls : std::nullopt;
  }
  UpdateState update_in_file() const {
    const auto record = StateStore::load(path()).device(0).on_record;
    return record && record->ota ? record->ota->state : UpdateState::none;
  }
  bool is_told() const { return report.ambiguous == std::vector<std::string>{kKey}; }

  std::optional<StateStore> store;
  SaveReport report;

 private:
  std::string path() const { return dir_ / "s.json"; }
  TempDir dir_;
};

bool is_equal(const OnRecord& a, const OnRecord& b) {
  const bool is_same_update =
      (a.ota == nullptr) == (b.ota == nullptr) && (!a.ota || *a.ota == *b.ota);
  return is_same_update && a.ota_status == b.ota_status && a.friendly_status == b.friendly_status &&
         a.last_run == b.last_run && a.last_seen == b.last_seen && a.fw == b.fw &&
         a.fw_id == b.fw_id && a.app == b.app && a.update == b.update &&
         a.update_build == b.update_build && a.device_name == b.device_name && a.error == b.error &&
         a.tls == b.tls && a.error_id == b.error_id && a.failing_since == b.failing_since;
}

/// Results that have something for every member, that take members out, and that say little.
std::vector<DeviceResult> all_kinds() {
  DeviceResult full = seen_with(kKeyA);
  full.outcome = Outcome::failed;
  full.update = "1.8.0";
  full.update_build = "20260101-000000/1.8.0-gabcdef0";
  full.errors.push_back({Part::ota, Cause::rpc, 0, -1, "OTA: rpc"});
  full.error_id = "ota.rpc";
  full.ota = std::make_shared<const UpdateRecord>(an_intent(std::nullopt));
  DeviceResult bare = good_result(kKey);
  bare.device_name.reset();
  bare.fw_id.clear();
  bare.app = std::string(100, 'x');
  bare.ota = std::make_shared<const UpdateRecord>();
  DeviceResult no_update = full;
  no_update.update.clear();
  return {full, bare, no_update, offline_result(kKey), seen_with(kKeyB, true), seen_with(kKeyB)};
}

}  // namespace

TEST_CASE("what is recorded is on record at once, as it would be read back, saved or not") {
  const std::vector<DeviceResult> kinds = all_kinds();
  const std::vector<std::string> files{
      "{\"" + kKey + R"(":{"ip":"1.2.3.4"}})", with_key(json_of(kKeyA)),
      kept_entry(R"("ota":{"state":"paused"},"fw":"1","update_build":"x","error":"e")")};
  for (const std::string& file : files) {
    for (const DeviceResult& first : kinds) {
      for (const DeviceResult& second : kinds) {
        StateStore store = StateStore::parse(file);
        store.record(first);
        store.record(second);
        const auto read_back = StateStore::parse(store.merged()).device(0).on_record;
        REQUIRE((read_back && store.device(0).on_record));
        CHECK(is_equal(*store.device(0).on_record, *read_back));
        CHECK(is_equal(*store.devices().at(0).on_record, *read_back));
      }
    }
  }
}

TEST_CASE("a list that was handed out stays as it was") {
  Kept kept(kept_entry(""));
  const DeviceList before = kept.store->devices();
  kept.store->record(seen_with(kKeyA));
  CHECK(!before.at(0).on_record);
  const DeviceList after = kept.store->devices();
  CHECK(after.at(0).on_record->tls == kKeyA);
  kept.store.reset();
  CHECK(before.size() == 1);
  CHECK(after[0].key == kKey);
}

TEST_CASE("the next round of one store holds a device to the key and the update of the first") {
  Kept kept(kept_entry(""));
  kept.store->record_update(kept.store->device(0), an_intent(kKeyA));
  CHECK(kept.key() == kKeyA);
  kept.saved();
  CHECK(kept.key() == kKeyA);
  CHECK(kept.on_record()->ota->state == UpdateState::sent);
  // Another key does not come in by the way of a later result.
  kept.store->record(seen_with(kKeyB));
  kept.saved();
  CHECK(kept.key() == kKeyA);
  CHECK(kept.key_in_file() == kKeyA);
}

TEST_CASE("what was handed out and not saved yet is saved even so") {
  Kept kept(kept_entry(""));
  kept.store->record(seen_with(kKeyA));
  CHECK(kept.key() == kKeyA);
  kept.store->record(seen_with(kKeyA));
  CHECK(kept.key() == kKeyA);
  kept.saved();
  CHECK(kept.key_in_file() == kKeyA);
  CHECK(kept.key() == kKeyA);
}

TEST_CASE("what others have put into the file is on record once a save has found it") {
  Kept kept(kept_entry(R"("fw":"1.4.4")"));
  kept.write(
      kept_entry(R"("fw":"1.5.0","error":"theirs","tls":)" + json_of(kC) +
                 R"(,"ota":{"state":"sent","to":"1.7.5","sent_at":"2026-11-23T14:31:06Z"})"));
  CHECK(kept.on_record()->fw == "1.4.4");
  kept.saved();
  const auto found = kept.on_record();
  CHECK(found->fw == "1.5.0");
  CHECK(found->error == "theirs");
  CHECK(found->tls == kC);
  REQUIRE(found->ota);
  CHECK(found->ota->state == UpdateState::sent);
  // It is no news any more: how their update ends can be recorded.
  DeviceResult ended = seen_with(kC);
  UpdateRecord record = *found->ota;
  record.state = UpdateState::updated;
  ended.ota = std::make_shared<const UpdateRecord>(record);
  kept.store->record(ended);
  kept.saved();
  CHECK(kept.report.ambiguous.empty());
  CHECK(kept.update_in_file() == UpdateState::updated);
  CHECK(kept.on_record()->ota->state == UpdateState::updated);
}

TEST_CASE("a key that cannot be read any more makes its device unusable, until it is put right") {
  Kept kept(kept_entry(R"("fw":"1")"));
  kept.write(with_key(R"({"port":"x"})"));
  kept.saved();
  CHECK(kept.store->device(0).defect.find("stage3.tls") != std::string::npos);
  kept.write(with_key(json_of(kKeyA)));
  kept.saved();
  CHECK(kept.store->device(0).defect.empty());
  CHECK(kept.key() == kKeyA);
}

TEST_CASE("a key that was learnt is on record before the update is sent") {
  Kept kept("{\"" + kKey + R"(":{"ip":"1.2.3.4"}})");
  kept.store->record_update(kept.store->device(0), an_intent(kKeyA));
  kept.saved();
  CHECK(kept.report.ambiguous.empty());
  CHECK(kept.key_in_file() == kKeyA);
  // And one that was taken takes the place of the one on record.
  Kept taken(with_key(json_of(kKeyB)));
  taken.store->record_update(taken.store->device(0), an_intent(kKeyA, true));
  taken.saved();
  CHECK(taken.report.ambiguous.empty());
  CHECK(taken.key_in_file() == kKeyA);
  // No other one does.
  Kept kept_out(with_key(json_of(kKeyB)));
  kept_out.store->record_update(kept_out.store->device(0), an_intent(kKeyA));
  kept_out.saved();
  CHECK(kept_out.key_in_file() == kKeyB);
}

TEST_CASE("no update is sent to a device of which others have put another key on record") {
  const std::vector<std::string> theirs{json_of(kC), R"({"port":"x"})", "\"x\"", "[]", "{}",
                                        "true"};
  for (const std::string& tls : theirs) {
    for (const auto& own : {std::optional<TlsPin>(), std::optional<TlsPin>(kKeyA)}) {
      for (const std::string& before : {kept_entry(""), with_key(json_of(kKeyB))}) {
        CAPTURE(tls);
        CAPTURE(before);
        Kept kept(before);
        const DeviceList devices = kept.store->devices();
        kept.write(with_key(tls));
        kept.store->record_update(devices.at(0), an_intent(own, before != kept_entry("")));
        const std::string text = kept.saved();
        CHECK(kept.is_told());
        REQUIRE(!kept.report.notices.empty());
        CHECK(kept.report.notices.back().find("stage3.tls") != std::string::npos);
        CHECK(text == with_key(tls));
        // It came to nothing, and the rest of the result is recorded.
        DeviceResult result = good_result(kKey);
        result.tls = own;
        result.ota = std::make_shared<const UpdateRecord>();
        kept.store->record(result);
        const std::string after = kept.saved();
        CHECK(after.find("\"tls\":" + tls) != std::string::npos);
        CHECK(after.find("last_run") != std::string::npos);
        CHECK(kept.is_told() == own.has_value());
      }
    }
  }
}

TEST_CASE("what is the same key, or none, is no reason to hold an update back") {
  const auto is_sent = [](const std::string& before, const std::string& meanwhile,
                          const UpdateRecord& intent) {
    Kept kept(before);
    kept.write(meanwhile);
    kept.store->record_update(kept.store->device(0), intent);
    kept.saved();
    return kept.report.ambiguous.empty() && kept.update_in_file() == UpdateState::sent;
  };
  const std::string a = with_key(json_of(kKeyA));
  CHECK(is_sent(kept_entry(""), a, an_intent(kKeyA)));
  CHECK(is_sent(a, with_key(json_of(pin_of('a', 8443))), an_intent(kKeyA)));
  CHECK(is_sent(a, kept_entry(""), an_intent(kKeyA)));
  CHECK(is_sent(a, with_key("null"), an_intent(kKeyA)));
  CHECK(is_sent(kept_entry(""), with_key("null"), an_intent(std::nullopt)));
  CHECK(is_sent(with_key(json_of(kKeyB)), kept_entry(""), an_intent(kKeyA, true)));
}

TEST_CASE("what is known of an update that has left is recorded, whatever key is there by then") {
  Kept kept(kept_entry(""));
  const DeviceList devices = kept.store->devices();
  kept.store->record_update(devices.at(0), an_intent(kKeyA));
  CHECK(kept.saved().find("may have started") != std::string::npos);
  kept.write(with_key(json_of(kC))
                 .replace(with_key(json_of(kC)).find("\"tls\""), 0,
                          R"("ota":{"state":"sent","from":"1.4.4","to":"1.7.5",)"
                          R"("sent_at":"2026-11-23T14:31:05Z","attempts":1},)"));
  UpdateRecord accepted = an_intent(std::nullopt);
  accepted.sent_at += 2;
  accepted.error.clear();
  kept.store->record_update(devices.at(0), accepted);
  const std::string text = kept.saved();
  CHECK(text.find("2026-11-23T14:31:07Z") != std::string::npos);
  CHECK(text.find(json_of(kC)) != std::string::npos);
  CHECK(kept.is_told());
}

TEST_CASE("a key that was taken is not put over one that others have put there meanwhile") {
  Kept kept(with_key(json_of(kKeyB)));
  kept.write(with_key(json_of(kC)));
  kept.store->record(seen_with(kKeyA, true));
  kept.saved();
  CHECK(kept.key_in_file() == kC);
  CHECK(kept.is_told());
  kept.saved();
  CHECK(kept.is_told());
  // The next round goes by theirs, and nothing is left of ours.
  CHECK(kept.key() == kC);
  kept.store->record(seen_with(kC));
  kept.saved();
  CHECK(kept.report.ambiguous.empty());
  CHECK(kept.key_in_file() == kC);
}

TEST_CASE("devices are handed out while results come in and are saved") {
  Kept kept(kept_entry(""));
  std::thread recording([&] {
    for (int i = 0; i < 200; ++i)
      kept.store->record(seen_with(kKeyA));
  });
  std::thread saving([&] {
    for (int i = 0; i < 5; ++i)
      kept.store->save();
  });
  for (int i = 0; i < 200; ++i) {
    const DeviceList devices = kept.store->devices();
    const auto record = i % 2 == 0 ? devices.at(0).on_record : kept.store->device(0).on_record;
    if (record) CHECK(record->tls == kKeyA);
  }
  recording.join();
  saving.join();
  CHECK(kept.key() == kKeyA);
}
