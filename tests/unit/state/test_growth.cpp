#include "state/growth.hpp"

#include <doctest/doctest.h>

#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

const std::string kOther = "A8032ABE54DD";

/// Both devices' entries, each with these members behind its address.
std::string two(const std::string& members) {
  return "{\"" + kKey + R"(":{"ip":"1.2.3.4")" + members + "},\"" + kOther +
         R"(":{"ip":"1.2.3.5")" + members + "}}";
}

/// `text` over several lines, each level indented by `indent`.
std::string spread(const std::string& text, const std::string& indent) {
  std::string out;
  std::string line = "\n";
  for (const char c : text) {
    if (c == '}') out += line.erase(line.size() - indent.size());
    out += c;
    if (c == ':') out += ' ';
    if (c == '{') line += indent;
    if (c == '{' || c == ',') out += line;
  }
  return out;
}

std::vector<std::string> files() {
  const std::string full =
      R"(,"fw":"1","model":"S","hostname":"h","stage3":{"ota_status":"ok","friendly_status":"ok",)"
      R"("last_run":"x","last_seen":"x","fw":"1","update":"2","device_name":"n","error":"e",)"
      R"("ota":{"state":"sent","to":"1","sent_at":"2026-11-23T14:31:05Z"}})";
  std::vector<std::string> out;
  for (const std::string& members :
       {std::string(), std::string(R"(,"fw":"20251117-101010/1.7.5-g0123456")"),
        std::string(R"(,"stage3":null)"), std::string(R"(,"stage3":{})"),
        std::string(R"(,"stage3":{"x":1})"), full,
        R"(,"stage3":{"ota":")" + std::string(2000, 'x') + "\"}",
        std::string(R"(,"note":"Süd")")}) {
    out.push_back(two(members));
    for (const std::string& indent : {std::string(" "), std::string(4, ' '), std::string(60, ' ')})
      out.push_back(spread(two(members), indent));
  }
  return out;
}

std::string many(const std::string& text, std::size_t count) {
  std::string out;
  while (count-- > 0)
    out += text;
  return out;
}

std::vector<std::string*> facts_of(DeviceResult& result) {
  return {&result.fw, &result.fw_id, &result.app, &result.id, &result.update, &result.update_build};
}

/// Everything of a result made of `text`, as often as a reader of answers lets it pass.
DeviceResult result_of(const std::string& key, const std::string& text) {
  DeviceResult result = good_result(key);
  result.outcome = Outcome::failed;
  result.ota_status = OtaStatus::update_available;
  result.friendly_status = FriendlyStatus::no_value;
  for (std::string* fact : facts_of(result))
    *fact = many(text, 1024 / text.size());
  const std::string fact = many(text, 64 / text.size());
  result.ota = std::make_shared<const UpdateRecord>(UpdateRecord{
      UpdateState::unchanged, fact, fact, fact, kRun, kRun, 7, many(text, 1024 / text.size())});
  result.device_name = many(text, 32);
  for (const Part part : {Part::auth, Part::ota, Part::friendly})
    result.errors.push_back({part, Cause::rpc, 500, -103, many(text, 1024 / text.size())});
  result.error_id = many(text, 128 / text.size()) + " " + many(text, 1024 / text.size());
  return result;
}

std::size_t bound_of(const std::string& text) {
  const state::Contents contents = parsed(text);
  return state::size_with_results(contents.document, contents.devices);
}

}  // namespace

TEST_CASE("no result makes a file larger than was reckoned with") {
  std::size_t largest = 0;
  for (const std::string& file : files()) {
    CAPTURE(file);
    for (const std::string text : {"x", "ü", "\x01", "\"", "\xFF"}) {
      CAPTURE(text);
      const std::size_t size =
          merged(file, {result_of(kKey, text), result_of(kOther, text)}).size();
      CHECK(size <= bound_of(file));
      largest = std::max(largest, size);
    }
    std::vector<DeviceResult> usual{good_result(kKey), good_result(kOther)};
    for (DeviceResult& result : usual) {
      for (std::string* fact : facts_of(result))
        *fact = std::string(64, '1');
      result.ota = std::make_shared<const UpdateRecord>(
          UpdateRecord{UpdateState::unchanged, result.fw, result.fw, result.fw, kRun, kRun,
                       state::kMaxAttempts, std::string(128, 'e')});
      result.ota_status = OtaStatus::update_available;
      result.device_name = std::string(192, 'n');
      result.errors = {{Part::ota, Cause::rpc, 500, -103, std::string(512, 'e')}};
    }
    CHECK(merged(file, usual).size() <= bound_of(file));
  }
  CHECK(largest > 2 * 512);
}

TEST_CASE("what is reckoned with is no more than some of the longest texts") {
  for (const std::string& members : {std::string(), std::string(R"(,"stage3":{})")}) {
    const std::string file = two(members);
    CHECK(bound_of(file) - file.size() < std::size_t{2 * 2400});
  }
}

TEST_CASE("wanted names that are longer than usual are reckoned with") {
  const std::string name = many("ü", 255);
  const std::string file = two(R"(,"friendly_name":")" + many("\\u00fc", 255) + '"');
  DeviceResult result = result_of(kKey, "\x01");
  DeviceResult other = result_of(kOther, "\x01");
  for (DeviceResult* each : {&result, &other}) {
    for (std::string* fact : facts_of(*each))
      *fact = std::string(64, '1');
    each->device_name = name;
  }
  const std::size_t size = merged(file, {result, other}).size();
  CHECK(size <= bound_of(file));
  CHECK(size > file.size() + std::size_t{2 * 1500});
}

TEST_CASE("a file without an entry that can be written stays as it is") {
  CHECK(bound_of("{}") == 2);
  CHECK(bound_of(R"({"note":"x"})") == 12);
}
