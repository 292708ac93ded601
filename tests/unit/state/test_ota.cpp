// `stage3.ota`, the record of a device's last update: written before it is sent, read back, kept.

#include <doctest/doctest.h>

#include <stage3/state_store.hpp>
#include <stage3/text.hpp>

#include "../rounds.hpp"
#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

std::string holding(const std::string& stage3) {
  return "{\"" + kKey + R"(":{"ip":"1.2.3.4","model":"x","hostname":"y","stage3":)" + stage3 + "}}";
}
std::string with_ota(const std::string& ota) {
  return holding("{\"ota\":" + ota + "}");
}

UpdateRecord a_sent_update() {
  UpdateRecord record;
  record.state = UpdateState::sent;
  record.from = "1.4.4";
  record.to = "1.7.5";
  record.build = "20251117-101010/1.7.5-g0123456";
  record.sent_at = kRun;
  record.attempts = 1;
  record.error = "may have started, no answer";
  return record;
}

const std::string kSent =
    R"({"state":"sent","from":"1.4.4","to":"1.7.5","build":"20251117-101010/1.7.5-g0123456",)"
    R"("sent_at":"2026-11-23T14:31:05Z","attempts":1,"error":"may have started, no answer"})";

DeviceResult result_telling(const UpdateRecord& record) {
  DeviceResult result = good_result(kKey);
  result.ota = std::make_shared<const UpdateRecord>(record);
  return result;
}

/// Of the only device of a file; null: none.
std::shared_ptr<const UpdateRecord> ota_in(const std::string& text) {
  const auto record = parsed(text).devices.at(0).on_record;
  return record ? record->ota : nullptr;
}

/// A store whose file is `text`; what is recorded goes into what the file holds at the save.
class Stored {
 public:
  explicit Stored(const std::string& text) {
    write(text);
    store.emplace(StateStore::load(path()));
    device_ = store->device(0);
  }
  void write(const std::string& text) const { write_file(path(), text); }
  std::string saved() {
    report = store->save();
    return read_file(path());
  }
  /// As a run has it: what others put into the file afterwards is news to it.
  const Device& device() const { return device_; }

  std::optional<StateStore> store;
  SaveReport report;

 private:
  std::string path() const { return dir_ / "s.json"; }
  TempDir dir_;
  Device device_;
};

/// Objects and other things that nobody can go by.
std::vector<std::string> unreadable() {
  std::vector<std::string> all{"true",
                               "false",
                               "0",
                               "7",
                               "-1.5",
                               "\"\"",
                               "\"sent\"",
                               "[]",
                               "[null]",
                               "[" + kSent + "]",
                               R"([{"state":"sent"}])",
                               "{}",
                               R"({"mine":1})",
                               R"({"ota":)" + kSent + "}"};
  const std::string rest = R"("to":"1.7.5","sent_at":"2026-11-23T14:31:05Z")";
  for (const char* state :
       {"null", "\"\"", "\"Sent\"", "\"paused\"", "\"none\"", "\"unreadable\"", "1", "true", "[]",
        "[\"sent\"]", "{}", R"({"state":"sent"})", R"("\ud800")", R"("sent ")"})
    all.push_back(R"({"state":)" + std::string(state) + "," + rest + "}");
  all.push_back("{" + rest + "}");
  const auto add = [&](const std::string& members) {
    all.push_back(R"({"state":"sent",)" + members + "}");
  };
  const std::string long_text = "\"" + std::string(513, 'x') + "\"";
  for (const char* name : {"from", "build", "error"}) {
    for (const std::string& value : {std::string("1"), std::string("{}"), long_text})
      add(rest + ",\"" + name + "\":" + value);
  }
  for (const char* value : {"null", "7", "\"\"", "[]", "false", R"("\udc00")"})
    add(R"("to":)" + std::string(value) + R"(,"sent_at":"2026-11-23T14:31:05Z")");
  for (const char* value : {"null", "1795444265", "\"yesterday\"", "\"\"", "{}",
                            R"("2026-13-01T00:00:00Z")", R"("2026-11-23T14:31:05+01:00")"})
    add(R"("to":"1.7.5","sent_at":)" + std::string(value));
  for (const char* value : {"0", "true", "\"2026-11-23\"", "[]"})
    add(rest + R"(,"ended_at":)" + value);
  for (const char* value :
       {"0", "-1", "1.0", "1e2", "\"1\"", "1000001", "18446744073709551616", "[1]", "true"})
    add(rest + R"(,"attempts":)" + value);
  for (const char* again : {R"("state":"sent")", R"("to":"1.7.5")", R"("attempts":1,"attempts":1)",
                            R"("error":null,"err\u006fr":"x")", R"("sent_at":null)"})
    add(rest + "," + again);
  return all;
}

}  // namespace

TEST_CASE("an intent is written, and no other member is changed") {
  const std::string before =
      R"({"ota_status":"update_available","last_run":"2026-11-01T00:00:00Z",)"
      R"("last_seen":"2026-11-01T00:00:00Z","fw":"1.4.4","update":"1.7.5","error":"x","mine":1)";
  Stored stored(holding(before + "}"));
  stored.store->record_update(stored.device(), a_sent_update());
  const std::string after = holding(before + ",\"ota\":" + kSent + "}");
  CHECK(stored.store->merged() == after);
  CHECK(stored.saved() == after);
  CHECK(stored.report.written);
  CHECK(*ota_in(after) == a_sent_update());
  CHECK(stored.saved() == after);
  CHECK_FALSE(stored.report.written);
}

TEST_CASE("an intent for a device of which nothing is on record, in the style of its entry") {
  for (const std::string stage3 : {"", R"(,"stage3":null)", R"(,"stage3":{})"}) {
    CAPTURE(stage3);
    Stored stored("{\"" + kKey + R"(":{"ip":"1.2.3.4","fw":"1.4.4")" + stage3 + "}}");
    stored.store->record_update(stored.device(), a_sent_update());
    CHECK(stored.saved() ==
          "{\"" + kKey + R"(":{"ip":"1.2.3.4","fw":"1.4.4","stage3":{"ota":)" + kSent + "}}}");
  }
  Stored stored("{\n  \"" + kKey + "\": {\n    \"ip\": \"1.2.3.4\"\n  }\n}\n");
  UpdateRecord record = a_sent_update();
  record.build.clear();
  record.error.clear();
  stored.store->record_update(stored.device(), record);
  CHECK(stored.saved() == "{\n  \"" + kKey +
                              "\": {\n    \"ip\": \"1.2.3.4\",\n    \"stage3\": {\n"
                              "      \"ota\": {\n        \"state\": \"sent\",\n"
                              "        \"from\": \"1.4.4\",\n        \"to\": \"1.7.5\",\n"
                              "        \"sent_at\": \"2026-11-23T14:31:05Z\",\n"
                              "        \"attempts\": 1\n      }\n    }\n  }\n}\n");
}

TEST_CASE(
    "a result without a record keeps the intent, saved or not; one with a record replaces it") {
  for (const bool is_saved : {false, true}) {
    CAPTURE(is_saved);
    Stored stored(holding(R"({"mine":1})"));
    stored.store->record_update(stored.device(), a_sent_update());
    if (is_saved) stored.saved();
    stored.store->record(offline_result(kKey));
    CHECK(*ota_in(stored.saved()) == a_sent_update());
    UpdateRecord updated = a_sent_update();
    updated.state = UpdateState::updated;
    updated.ended_at = kRun + 60;
    updated.error.clear();
    stored.store->record(result_telling(updated));
    const std::string text = stored.saved();
    CHECK(*ota_in(text) == updated);
    CHECK(text.find("may have started") == std::string::npos);
    CHECK(text.find(R"("ended_at":"2026-11-23T14:32:05Z")") != std::string::npos);
  }
}

TEST_CASE("an intent that came to nothing is taken out again, wherever it is by then") {
  for (const bool is_saved : {false, true}) {
    for (const bool is_taken_back_before_the_result : {false, true}) {
      CAPTURE(is_saved);
      Stored stored(holding(R"({"mine":1})"));
      stored.store->record_update(stored.device(), a_sent_update());
      if (is_saved) stored.saved();
      if (is_taken_back_before_the_result) {
        stored.store->record_update(stored.device(), {});
        CHECK(stored.saved() == holding(R"({"mine":1})"));
        stored.store->record(good_result(kKey));
      } else {
        stored.store->record(result_telling({}));
      }
      const std::string text = stored.saved();
      CHECK(!ota_in(text));
      CHECK(text.find("\"ota\"") == std::string::npos);
      CHECK(text.find("\"last_run\"") != std::string::npos);
    }
  }
  // Only the file has it: another run has left it.
  Stored stored(with_ota(kSent));
  stored.store->record(result_telling({}));
  CHECK(stored.saved().find("\"ota\":") == std::string::npos);
  // And where there is none, none is made, nor a place for it.
  const std::string bare = "{\"" + kKey + R"(":{"ip":"1.2.3.4"}})";
  Stored nothing(bare);
  nothing.store->record_update(nothing.device(), {});
  CHECK(nothing.saved() == bare);
  CHECK_FALSE(nothing.report.written);
}

TEST_CASE("unknown members of a record stay, and what says the same stays as it is spelled") {
  const std::string theirs =
      R"({ "note" : [1,{"state":"x"}], "state":"s\u0065nt", "to" : "1.7.5","error":"x",)"
      R"("sent_at":"2026-11-23T14:31:05Z" ,"ended_at":null, "attempts":1})";
  UpdateRecord record = a_sent_update();
  record.from.clear();
  record.build.clear();
  record.error = "x";
  CHECK(*ota_in(with_ota(theirs)) == record);
  Stored stored(with_ota(theirs));
  record.error.clear();
  stored.store->record_update(stored.device(), record);
  CHECK(stored.saved() ==
        with_ota(R"({ "note" : [1,{"state":"x"}], "state":"s\u0065nt", "to" : "1.7.5",)"
                 R"("sent_at":"2026-11-23T14:31:05Z" , "attempts":1})"));
  stored.store->record(good_result(kKey));
  CHECK(stored.saved().find(R"("note" : [1,{"state":"x"}])") != std::string::npos);
}

TEST_CASE("every state is written and read back") {
  int count = 0;
  for (int i = static_cast<int>(UpdateState::sent); i <= static_cast<int>(UpdateState::lost); ++i) {
    UpdateRecord record = a_sent_update();
    record.state = static_cast<UpdateState>(i);
    record.attempts = ++count;
    Stored stored(holding("{}"));
    stored.store->record_update(stored.device(), record);
    CHECK(*ota_in(stored.saved()) == record);
  }
  CHECK(count == 7);
}

TEST_CASE("what is absent or odd in a record and no harm") {
  const std::string rest = R"("state":"sent","to":"1.7.5",)";
  CHECK(!ota_in(with_ota("null")));
  CHECK(!ota_in(holding(R"({"last_run":"2026-11-01T00:00:00Z"})")));
  const auto record = ota_in(with_ota("{" + rest + R"("sent_at":"2999-01-01T00:00:00Z"})"));
  CHECK(record->state == UpdateState::sent);
  CHECK(record->attempts == 1);
  // Not dropped, however far ahead: whoever decides about updates puts it right.
  CHECK(to_utc(record->sent_at) == "2999-01-01T00:00:00Z");
  StateStore store =
      StateStore::parse(with_ota("{" + rest + R"("sent_at":"2999-01-01T00:00:00Z"})"));
  CHECK(*store.devices().at(0).on_record->ota == *record);
  CHECK(ota_in(with_ota("{" + rest + R"("sent_at":"2026-11-23T14:31:05Z","attempts":1000000})"))
            ->attempts == 1'000'000);
}

TEST_CASE(
    "a record that cannot be read is no defect, is told, and is left as it is by every save") {
  const std::vector<std::string> all = unreadable();
  CHECK(all.size() >= 65);
  unsigned number = 0;
  for (const std::string& ota : all) {
    if (!takes_case(number++)) continue;
    CAPTURE(ota);
    Stored stored(with_ota(ota));
    CHECK(stored.device().defect == "");
    REQUIRE(stored.device().on_record);
    REQUIRE(stored.device().on_record->ota);
    UpdateRecord none;
    none.state = UpdateState::unreadable;
    CHECK(*stored.device().on_record->ota == none);

    const auto is_kept = [&] {
      const std::string text = stored.saved();
      CHECK(text.find("{\"ota\":" + ota) != std::string::npos);
      return ota_in(text)->state == UpdateState::unreadable;
    };
    stored.store->record(offline_result(kKey));
    CHECK(is_kept());
    CHECK(stored.report.written);
    CHECK(stored.report.ambiguous.empty());
    stored.store->record(result_telling(none));
    CHECK(is_kept());
    CHECK(stored.report.ambiguous.empty());
    // Whoever wants another one there hears that it is not: nothing may be sent then.
    stored.store->record_update(stored.device(), a_sent_update());
    CHECK(is_kept());
    CHECK(stored.report.ambiguous == std::vector<std::string>{kKey});
    stored.store->record(result_telling({}));
    CHECK(is_kept());
    CHECK(stored.report.ambiguous == std::vector<std::string>{kKey});
  }
}

TEST_CASE("one that has become unreadable since the file was loaded stays, and the rest is saved") {
  Stored stored(with_ota(kSent));
  stored.write(with_ota(R"({"state":"paused"})"));
  UpdateRecord updated = a_sent_update();
  updated.state = UpdateState::updated;
  stored.store->record(result_telling(updated));
  const std::string text = stored.saved();
  CHECK(text.find(R"({"ota":{"state":"paused"},"ota_status":"up_to_date",)") != std::string::npos);
  CHECK(stored.report.ambiguous == std::vector<std::string>{kKey});
  stored.write(with_ota(kSent));
  CHECK(ota_in(stored.saved())->state == UpdateState::updated);
  CHECK(stored.report.ambiguous.empty());
}

TEST_CASE("an update that somebody else has sent meanwhile stays on record, and ours is told") {
  const std::string theirs =
      R"({"state":"sent","from":"1.4.4","to":"1.7.5","sent_at":"2026-11-23T14:31:06Z","attempts":1})";
  const auto stays = [&](Stored& stored) {
    const std::string text = stored.saved();
    CHECK(stored.report.ambiguous == std::vector<std::string>{kKey});
    return text.find(theirs) != std::string::npos;
  };
  for (const std::string& before : {with_ota("null"), with_ota(kSent), holding("{}")}) {
    CAPTURE(before);
    Stored stored(before);
    stored.write(with_ota(theirs));
    UpdateRecord intent = a_sent_update();
    intent.sent_at += 60;
    stored.store->record_update(stored.device(), intent);
    CHECK(stays(stored));
    // Nor does what takes the intent back, or a result, take it along.
    stored.store->record_update(stored.device(), {});
    CHECK(stays(stored));
    stored.store->record(result_telling(a_sent_update()));
    CHECK(stays(stored));
    CHECK(stored.saved().find("last_run") != std::string::npos);
  }
}

TEST_CASE("what another machine has sent in the same second is its, and stays") {
  Stored stored(holding("{}"));
  stored.write(with_ota(kSent));
  stored.store->record_update(stored.device(), a_sent_update());
  CHECK(stored.saved() == with_ota(kSent));
  CHECK(stored.report.ambiguous == std::vector<std::string>{kKey});
  // Taking ours back takes theirs not along.
  stored.store->record_update(stored.device(), {});
  CHECK(stored.saved() == with_ota(kSent));
  CHECK(stored.report.ambiguous == std::vector<std::string>{kKey});
}

TEST_CASE("an old copy that is put back takes no record away, older than what was read or not") {
  const auto sent_on = [](const std::string& day) {
    return with_ota(R"({"state":"updated","to":"1.4.4","sent_at":")" + day +
                    R"(T00:00:00Z","attempts":1})");
  };
  for (const std::string& before : {holding("{}"), sent_on("2026-11-20")}) {
    CAPTURE(before);
    Stored stored(before);
    stored.store->record_update(stored.device(), a_sent_update());
    stored.saved();
    stored.write(sent_on("2026-09-01"));
    CHECK(*ota_in(stored.saved()) == a_sent_update());
    CHECK(stored.report.ambiguous.empty());
    // One of after ours is somebody else's, who knew nothing of it.
    stored.write(sent_on("2026-12-01"));
    CHECK(stored.saved() == sent_on("2026-12-01"));
    CHECK(stored.report.ambiguous == std::vector<std::string>{kKey});
  }
}

TEST_CASE("who writes back what was read before takes no record of ours away") {
  const std::string before = with_ota(kSent);
  Stored stored(before);
  UpdateRecord first = a_sent_update();
  first.sent_at += 60;
  UpdateRecord second = first;
  second.sent_at += 60;
  second.to = "2.0.0";
  std::vector<std::string> earlier{before, holding("{}"), with_ota("null")};
  for (const UpdateRecord& ours : {first, second}) {
    stored.store->record_update(stored.device(), ours);
    earlier.push_back(stored.saved());
    CHECK(stored.report.ambiguous.empty());
  }
  for (const std::string& text : earlier) {
    CAPTURE(text);
    stored.write(text);
    CHECK(*ota_in(stored.saved()) == second);
    CHECK(stored.report.ambiguous.empty());
  }
}

TEST_CASE("an intent for an entry that has vanished, or can be read in two ways, is told") {
  const std::string other = R"("A8032ABE54DD":{"ip":"1.2.3.5"})";
  Stored stored(with_ota(kSent));
  stored.store->record_update(stored.device(), a_sent_update());
  stored.write("{" + other + "}");
  CHECK(stored.saved() == "{" + other + "}");
  CHECK(stored.report.vanished == std::vector<std::string>{kKey});
  const std::string twice = "{\"" + kKey + "\":{\"ip\":\"1.2.3.4\"},\"a8:03:2a:be:54:dc\":{}}";
  stored.write(twice);
  CHECK(stored.saved() == twice);
  CHECK(stored.report.ambiguous == std::vector<std::string>{kKey});
}

TEST_CASE("an intent for no entry of the store is an error, and so is one for an unusable entry") {
  Stored stored("{\"" + kKey + R"(":{"ip":"?"}})");
  const auto unusable =
      error_of([&] { stored.store->record_update(stored.device(), a_sent_update()); });
  CHECK(unusable.code() == Errc::invalid_argument);
  CHECK(unusable.message().find(" cannot be used: ") != std::string::npos);
  CHECK(stored.saved() == "{\"" + kKey + R"(":{"ip":"?"}})");
  Device stranger;
  stranger.key = "A8032ABE54DD";
  CHECK(error_of([&] { stored.store->record_update(stranger, a_sent_update()); }).code() ==
        Errc::invalid_argument);
}

TEST_CASE("texts of a record are bounded as others are") {
  UpdateRecord record = a_sent_update();
  record.error = std::string(600, 'e');
  record.build = std::string(64, 'b');
  record.attempts = -5;
  Stored stored(holding("{}"));
  stored.store->record_update(stored.device(), record);
  const auto read = ota_in(stored.saved());
  CHECK(read->error == std::string(125, 'e') + "...");
  CHECK(read->build == record.build);
  CHECK(read->attempts == 1);
}

TEST_CASE("a record whose version or build cannot be recorded is refused, and nothing is kept") {
  for (std::string UpdateRecord::*const member :
       {&UpdateRecord::from, &UpdateRecord::to, &UpdateRecord::build}) {
    UpdateRecord record = a_sent_update();
    record.*member = std::string(65, '1');
    Stored stored(holding("{}"));
    const auto refused = error_of([&] { stored.store->record_update(stored.device(), record); });
    CHECK(refused.code() == Errc::invalid_argument);
    CHECK(refused.message().find("takes more than 64 bytes") != std::string::npos);
    CHECK(stored.saved() == holding("{}"));
  }
}

TEST_CASE(
    "the build that is offered goes with the version; app and build stay where none is told") {
  DeviceResult result = good_result(kKey);
  result.update = "2.0.0";
  result.update_build = "20260101-000000/2.0.0-gabcdef0";
  const auto read = [](const std::string& text) { return parsed(text).devices.at(0).on_record; };
  std::string text = merged(holding("{}"), {result});
  CHECK(read(text)->update_build == result.update_build);
  CHECK(read(text)->fw_id == result.fw_id);
  CHECK(read(text)->app == result.app);
  CHECK(read(merged(text, {offline_result(kKey)}))->update_build == result.update_build);
  result.fw_id.clear();
  result.app.clear();
  result.update.clear();  // a build of nothing
  text = merged(text, {result});
  CHECK(read(text)->update_build == "");
  CHECK(text.find("update") == std::string::npos);
  CHECK(read(text)->fw_id == good_result(kKey).fw_id);
  CHECK(read(text)->app == good_result(kKey).app);
  result.update = "2.0.0";
  result.update_build.clear();
  CHECK(read(merged(text, {result}))->update == "2.0.0");
  CHECK(merged(text, {result}).find("update_build") == std::string::npos);
}
