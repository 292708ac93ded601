// Whatever a file looks like, a save changes our members and not one byte else.

#include <doctest/doctest.h>

#include "../rounds.hpp"
#include "random_state.hpp"
#include "state/fields.hpp"
#include "state/scan.hpp"
#include "strip.hpp"
#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

const unsigned kFiles = static_cast<unsigned>(rounds(20'000));

std::string strip(const std::string& text) {
  return Stripper(text, R"("our model")", R"("our hostname")").run();
}

DeviceResult random_result(RandomState& random, const std::string& key) {
  DeviceResult result = random.chance(3) ? offline_result(key) : good_result(key);
  if (random.chance(2)) result.error_id = "reach.timeout ota.rpc";
  result.app = "our model";
  result.id = "our hostname";
  if (random.chance(2)) result.update = "1.8.0";
  if (random.chance(2)) result.update_build = "b/1.8.0";
  if (random.chance(3)) {
    const auto state = static_cast<UpdateState>(random.below(9));
    result.ota = std::make_shared<const UpdateRecord>(
        UpdateRecord{state, "1.4.4", "1.8.0", random.chance(2) ? "b" : "", kRun, 0, 1, ""});
  }
  if (random.chance(3)) result.device_name.reset();
  if (random.chance(3)) result.device_name = "K\u00fcche \"\\\n";
  if (random.chance(3)) result.fw_id.clear();
  if (random.chance(4)) result.friendly_status.reset();
  return result;
}

/// The text of `stage3.<name>` of an entry as the library reads it back; "-": absent.
std::string recorded_field(const state::Contents& contents, std::size_t index, const char* name) {
  const state::Offset key = contents.document.entries.at(index).fields[state::field_index(name)];
  if (key == 0) return "-";
  const state::Member member = state::member_at(contents.document.bytes, key);
  return contents.document.bytes.substr(member.value, member.end - member.value);
}

/// What a result says of an update is there, and one that could not be read is as it was.
void require_update(const DeviceResult& result, const state::Contents& before, std::size_t index,
                    const state::Contents& after) {
  const bool is_unreadable = before.document.entries.at(index).has_unreadable_ota;
  if (is_unreadable || !result.ota || result.ota->state == UpdateState::unreadable) {
    REQUIRE(recorded_field(after, index, "ota") == recorded_field(before, index, "ota"));
    return;
  }
  const auto& ota = after.devices.at(index).on_record->ota;
  REQUIRE(bool(ota) == (result.ota->state != UpdateState::none));
  if (ota) REQUIRE(*ota == *result.ota);
}

}  // namespace

TEST_CASE("the scanner that judges does its work") {
  const std::string text =
      R"({"A8032ABE54DC": {"ip":"x", "fw" : "1", "stage3" : {"error":"{","a":1 ,"fw":2} ,)"
      R"("model":"our model","hostname":"mine"}})";
  CHECK(strip(text) == R"({"A8032ABE54DC": {"ip":"x", "stage3" : {"a":1 } ,"hostname":"mine"}})");
  CHECK(strip(R"({"devices":{"A8032ABE54DC":{"stage3":{"error":"x"}}},"fw":"1"})") ==
        R"({"devices":{"A8032ABE54DC":{}},"fw":"1"})");
}

TEST_CASE("random files differ in our members only") {
  for (unsigned seed = 0; seed < kFiles; ++seed) {
    RandomState random(seed);
    const std::string before = random.text();
    std::vector<DeviceResult> results;
    for (const std::string& key : random.keys()) {
      if (random.chance(2)) results.push_back(random_result(random, key));
    }
    const std::string after = merged(before, results);
    CAPTURE(seed);
    CAPTURE(before);
    CAPTURE(after);
    REQUIRE(strip(after) == strip(before));
    REQUIRE(merged(after, results) == after);
    if (results.empty()) REQUIRE(after == before);

    const state::Contents before_it = parsed(before);
    const state::Contents contents = parsed(after);
    REQUIRE(contents.devices.size() == random.keys().size());
    for (const DeviceResult& result : results) {
      const std::size_t index = static_cast<std::size_t>(result.device.key.back() - '0');
      REQUIRE(contents.devices[index].defect.empty());
      REQUIRE(recorded_field(contents, index, "last_run") == R"("2026-11-23T14:31:05Z")");
      REQUIRE((recorded_field(contents, index, "error") == "-") == result.errors.empty());
      REQUIRE((recorded_field(contents, index, "error_id") == "-") == result.error_id.empty());
      const bool is_failing = result.outcome != Outcome::ok;
      REQUIRE((recorded_field(contents, index, "failing_since") != "-") == is_failing);
      require_update(result, before_it, index, contents);
    }
  }
}
