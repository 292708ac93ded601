#include "state/merge.hpp"

#include <doctest/doctest.h>

#include "support.hpp"

using namespace stage3;
using namespace stage3::test;

namespace {

/// The members of `stage3` after a good run, in the order they are written anew.
const std::string kCompactStage3 =
    R"({"ota_status":"up_to_date","friendly_status":"ok","last_run":"2026-11-23T14:31:05Z",)"
    R"("last_seen":"2026-11-23T14:31:05Z","fw":"1.7.5","fw_id":"20251117-101010/1.7.5-g0123456","app":"Plus1",)"
    R"("device_name":"Wohnzimmer"})";

std::string with_good(const std::string& text) {
  return merged(text, {good_result(kKey)});
}

}  // namespace

TEST_CASE("a compact file stays compact") {
  CHECK(with_good(R"({"A8032ABE54DC":{"ip":"1.2.3.4","model":"x","hostname":"y"}})") ==
        R"({"A8032ABE54DC":{"ip":"1.2.3.4","model":"x","hostname":"y","stage3":)" + kCompactStage3 +
            "}}");
}

TEST_CASE("one line with spaces after commas and colons, as Python writes it by default") {
  CHECK(with_good(R"({"A8032ABE54DC": {"ip": "1.2.3.4", "model": "x", "hostname": "y"}})") ==
        R"({"A8032ABE54DC": {"ip": "1.2.3.4", "model": "x", "hostname": "y", "stage3": )"
        R"({"ota_status": "up_to_date", "friendly_status": "ok", )"
        R"("last_run": "2026-11-23T14:31:05Z", "last_seen": "2026-11-23T14:31:05Z", )"
        R"("fw": "1.7.5", "fw_id": "20251117-101010/1.7.5-g0123456", "app": "Plus1", )"
        R"("device_name": "Wohnzimmer"}}})");
}

TEST_CASE("an indented file goes on as it was indented") {
  const std::string before =
      "{\n  \"devices\": {\n    \"A8032ABE54DC\": {\n      \"ip\": \"1.2.3.4\"\n    }\n  }\n}\n";
  const std::string after =
      "{\n  \"devices\": {\n    \"A8032ABE54DC\": {\n      \"ip\": \"1.2.3.4\",\n"
      "      \"model\": \"Plus1\",\n      \"hostname\": \"shellyplus1-a8032abe54dc\",\n"
      "      \"stage3\": {\n        \"ota_status\": \"up_to_date\",\n"
      "        \"friendly_status\": \"ok\",\n        \"last_run\": \"2026-11-23T14:31:05Z\",\n"
      "        \"last_seen\": \"2026-11-23T14:31:05Z\",\n        \"fw\": \"1.7.5\",\n"
      "        \"fw_id\": \"20251117-101010/1.7.5-g0123456\",\n        \"app\": \"Plus1\",\n"
      "        \"device_name\": \"Wohnzimmer\"\n      }\n    }\n  }\n}\n";
  CHECK(with_good(before) == after);
  CHECK(with_good(after) == after);
}

TEST_CASE("tabs and carriage returns are taken up") {
  CHECK(merged("{\r\n\t\"A8032ABE54DC\" : {\r\n\t\t\"ip\" : \"1.2.3.4\"\r\n\t}\r\n}",
               {offline_result(kKey)}) ==
        "{\r\n\t\"A8032ABE54DC\" : {\r\n\t\t\"ip\" : \"1.2.3.4\",\r\n\t\t\"stage3\" : {\r\n"
        "\t\t\t\"ota_status\" : \"offline\",\r\n\t\t\t\"last_run\" : \"2026-11-23T14:31:05Z\","
        "\r\n\t\t\t\"error\" : \"reach: timeout\",\r\n\t\t\t\"failing_since\" : "
        "\"2026-11-23T14:31:05Z\"\r\n\t\t}\r\n\t}\r\n}");
}

TEST_CASE("entries on a line each in a file of many lines") {
  CHECK(merged("{\n  \"A8032ABE54DC\": { \"ip\": \"1.2.3.4\" }\n}", {offline_result(kKey)}) ==
        "{\n  \"A8032ABE54DC\": { \"ip\": \"1.2.3.4\", \"stage3\": {\"ota_status\": \"offline\", "
        "\"last_run\": \"2026-11-23T14:31:05Z\", \"error\": \"reach: timeout\", \"failing_since\": "
        "\"2026-11-23T14:31:05Z\"} }\n}");
}

TEST_CASE("an empty or null stage3 is filled as an absent one would be") {
  const std::string head = R"({"A8032ABE54DC":{"stage3":)";
  const std::string tail = R"(,"ip":"1.2.3.4","model":"x","hostname":"y"}})";
  for (const char* empty : {"{}", "{ }", "null"}) {
    CAPTURE(empty);
    CHECK(with_good(head + empty + tail) == head + kCompactStage3 + tail);
  }
}

TEST_CASE("stage3 members are replaced where they stand, unknown ones stay, others are appended") {
  CHECK(with_good(R"({"A8032ABE54DC":{"ip":"1.2.3.4","model":"x","hostname":"y","stage3":)"
                  R"({"last_run":"2020-01-01T00:00:00Z","mine":[1,{"error":2}],"ota_status":null,)"
                  R"("fw":{"a":1},"mine":-0}}})") ==
        R"({"A8032ABE54DC":{"ip":"1.2.3.4","model":"x","hostname":"y","stage3":)"
        R"({"last_run":"2026-11-23T14:31:05Z","mine":[1,{"error":2}],"ota_status":"up_to_date",)"
        R"("fw":"1.7.5","mine":-0,"friendly_status":"ok","last_seen":"2026-11-23T14:31:05Z",)"
        R"("fw_id":"20251117-101010/1.7.5-g0123456","app":"Plus1","device_name":"Wohnzimmer"}}})");
}

TEST_CASE("members that are absent when there is nothing to say are removed, wherever they stand") {
  // Offline: `error` is replaced. A good run: both `update` and `error` go.
  struct Case {
    std::string before;
    std::string after;
  };
  const std::string rest =
      R"("ota_status":"up_to_date","friendly_status":"ok","last_run":"2026-11-23T14:31:05Z",)"
      R"("last_seen":"2026-11-23T14:31:05Z","fw":"1.7.5","fw_id":"20251117-101010/1.7.5-g0123456","app":"Plus1",)"
      R"("device_name":"Wohnzimmer")";
  const std::vector<Case> cases{
      {R"({"error":"x",)" + rest + "}", "{" + rest + "}"},
      {"{" + rest + R"(,"error":"x"})", "{" + rest + "}"},
      {R"({"error":"x", "update":"y", )" + rest + "}", "{" + rest + "}"},
      {"{" + rest + R"(,"update":"y","error":{"x":[1,"}"]}})", "{" + rest + "}"},
      {R"({ "update" : "y" , )" + rest + R"( , "error" : "x" })", "{ " + rest + "  }"},
      {R"({"a":1,"error":"x",)" + rest + "}", R"({"a":1,)" + rest + "}"},
      {R"({"error":"x","a":1,"update":"y",)" + rest + "}", R"({"a":1,)" + rest + "}"},
      {R"({"error":"x"})", "{" + rest + "}"},
      {R"({"error":"x","update":"y"})", "{" + rest + "}"},
      {R"({"update":null,"a":1})", R"({"a":1,)" + rest + "}"},
      {R"({"a":1,"update":"y"})", R"({"a":1,)" + rest + "}"},
  };
  const std::string head =
      R"({"A8032ABE54DC":{"ip":"1.2.3.4","model":"","hostname":null,"stage3":)";
  for (const Case& c : cases) {
    CAPTURE(c.before);
    CHECK(with_good(head + c.before + "}}") == head + c.after + "}}");
  }
}

TEST_CASE("removing and appending in an indented file") {
  CHECK(merged("{\n \"A8032ABE54DC\": {\n  \"ip\": \"1.2.3.4\",\n  \"stage3\": {\n   \"error\": "
               "\"x\",\n   \"update\": \"y\"\n  }\n }\n}",
               {[] {
                 DeviceResult result = good_result(kKey);
                 result.app = result.id = result.fw = result.fw_id = "";
                 result.device_name.reset();
                 return result;
               }()}) ==
        "{\n \"A8032ABE54DC\": {\n  \"ip\": \"1.2.3.4\",\n  \"stage3\": {\n   \"ota_status\": "
        "\"up_to_date\",\n   \"friendly_status\": \"ok\",\n   \"last_run\": "
        "\"2026-11-23T14:31:05Z\",\n   \"last_seen\": \"2026-11-23T14:31:05Z\"\n  }\n }\n}");
}

TEST_CASE("an offline device keeps its friendly_status and what was seen of it") {
  CHECK(
      merged(R"({"A8032ABE54DC":{"ip":"1.2.3.4","fw":"1.0.0","stage3":{"ota_status":"up_to_date",)"
             R"("friendly_status":"ok","last_run":"2020-01-01T00:00:00Z","last_seen":"2020",)"
             R"("fw":"1.0.0","update":"1.1.0","device_name":"Bad","error":"old"}}})",
             {offline_result(kKey)}) ==
      R"({"A8032ABE54DC":{"ip":"1.2.3.4","fw":"1.0.0","stage3":{"ota_status":"offline",)"
      R"("friendly_status":"ok","last_run":"2026-11-23T14:31:05Z","last_seen":"2020",)"
      R"("fw":"1.0.0","update":"1.1.0","device_name":"Bad","error":"reach: timeout","failing_since":"2026-11-23T14:31:05Z"}}})");
}

TEST_CASE("nothing of a stranger is recorded") {
  DeviceResult result = good_result(kKey);
  result.outcome = Outcome::failed;
  result.ota_status = OtaStatus::error;
  result.friendly_status.reset();
  result.last_seen = 0;  // the right device did not answer
  result.update = "9.9.9";
  result.errors.push_back({Part::identity, Cause::wrong_device, 0, 0, "identity: expected X"});
  CHECK(
      merged(R"({"A8032ABE54DC":{"ip":"1.2.3.4","fw":"1.0.0","stage3":{"fw":"1.0.0"}}})",
             {result}) ==
      R"({"A8032ABE54DC":{"ip":"1.2.3.4","fw":"1.0.0","stage3":{"fw":"1.0.0",)"
      R"("ota_status":"error","last_run":"2026-11-23T14:31:05Z","error":"identity: expected X","failing_since":"2026-11-23T14:31:05Z"}}})");
}

TEST_CASE("update and name of a device that was seen are recorded as they are now, or removed") {
  DeviceResult result = good_result(kKey);
  result.ota_status = OtaStatus::check_failed;
  result.device_name.reset();
  result.app = result.fw_id = "";
  const std::string tail =
      R"(,"last_run":"2026-11-23T14:31:05Z","last_seen":"2026-11-23T14:31:05Z")";
  const std::string head = R"({"A8032ABE54DC":{"ip":"1.2.3.4","model":1,"hostname":2,"stage3":{)";
  CHECK(merged(head + R"("fw":"1.7.5","update":"1.8.0","update_build":"x","device_name":"Bad"}}})",
               {result}) ==
        head + R"("fw":"1.7.5","ota_status":"check_failed","friendly_status":"ok")" + tail + "}}}");

  result = good_result(kKey);
  result.ota_status = OtaStatus::update_available;
  result.app = result.fw_id = "";
  result.update = "1.8.0";
  result.device_name = "";
  CHECK(merged(head + R"("fw":"1.7.5","update":"1.7.9","device_name":"Bad"}}})", {result}) ==
        head +
            R"("fw":"1.7.5","update":"1.8.0","device_name":"","ota_status":"update_available",)"
            R"("friendly_status":"ok")" +
            tail + "}}}");
}

TEST_CASE("the entry's own fw follows the device in the style it has") {
  const auto fw_after = [](const std::string& fw, const std::string& fw_id = "2025/1.7.5-g1") {
    DeviceResult result = good_result(kKey);
    result.fw_id = fw_id;
    const std::string after =
        merged(R"({"A8032ABE54DC":{"ip":"1.2.3.4","fw":)" + fw + "}}", {result});
    const std::size_t begin = after.find("\"fw\":") + 5;
    return after.substr(begin, after.find_first_of(",}", begin) - begin);
  };
  CHECK(fw_after(R"("1.4.4")") == R"("1.7.5")");
  CHECK(fw_after(R"("2024/1.4.4-g6d2a586")") == R"("2025/1.7.5-g1")");
  CHECK(fw_after(R"("2024\/1.4.4")") == R"("2025/1.7.5-g1")");
  CHECK(fw_after(R"("2024/1.4.4")", "") == R"("2024/1.4.4")");
  CHECK(fw_after(R"("1.7\u002e5")") == R"("1.7\u002e5")");
  CHECK(fw_after(R"("2025\/1.7.5-g1")") == R"("2025\/1.7.5-g1")");
  CHECK(fw_after("null") == "null");
  CHECK(fw_after("7") == "7");
}

TEST_CASE("fw is replaced before and behind stage3") {
  const auto with_fw = [](const std::string& fw) {
    return R"({"A8032ABE54DC":{"ip":"1.2.3.4","model":1,"hostname":2,"fw":")" + fw +
           R"(","stage3":)" + kCompactStage3 + "}}";
  };
  CHECK(with_good(with_fw("1.4.4")) == with_fw("1.7.5"));
  const auto fw_last = [](const std::string& fw) {
    return R"({"A8032ABE54DC":{"ip":"1.2.3.4","model":1,"hostname":2,"stage3":)" + kCompactStage3 +
           R"(,"fw":")" + fw + "\"}}";
  };
  CHECK(with_good(fw_last("1.4.4")) == fw_last("1.7.5"));
}

TEST_CASE("model and hostname are filled in only where they are missing") {
  const std::string after = with_good(R"({"A8032ABE54DC":{"ip":"1.2.3.4","hostname":""}})");
  CHECK(after.find(R"("hostname":"","model":"Plus1","stage3":)") != std::string::npos);
  const std::string wanted = R"({"A8032ABE54DC":{"ip":"1.2.3.4","model":null}})";
  CHECK(with_good(wanted).find(R"("model":null,"hostname":"shellyplus1-a8032abe54dc","stage3")") !=
        std::string::npos);
}

TEST_CASE("a value that says the same in other letters is left alone") {
  const std::string same =
      R"({"ü":1,"A8032ABE54DC":{"ip":"1.2.3.4","model":1,"hostname":2,"stage3":)"
      R"({"ota_status":"up\u005fto_date","friendly_status":"o\u006b",)"
      R"("last_run":"2026-11-23T14:31:05Z","last_seen":"2026-11-23T14:31:05Z","fw":"1.7.5",)"
      R"("fw_id":"20251117-101010\/1.7.5-g0123456","app":"Plus\u0031",)"
      R"("device_name":"Wohn\u007aimmer"}}})";
  CHECK(with_good(same) == same);
}

TEST_CASE("letters beyond ASCII are escaped in a file that has none, and else not") {
  DeviceResult result = offline_result(kKey);
  result.errors[0].text = "reach: Küche 😀";
  CHECK(merged(R"({"A8032ABE54DC":{"ip":"1.2.3.4"}})", {result})
            .find(R"("reach: K\u00fcche \ud83d\ude00")") != std::string::npos);
  CHECK(merged(R"({"A8032ABE54DC":{"ip":"1.2.3.4","room":"Küche"}})", {result})
            .find("\"reach: Küche 😀\"") != std::string::npos);
}

TEST_CASE("odd bytes around our members stay as they are") {
  const std::string odd =
      "\t{ \"version\" :1.0e0 ,\"x\":18446744073709551616,\"x\":-0 , \"devices\":{\r\n"
      "\"a8-03-2a-be-54-dc\"  :\n{\"ip\":\"1.2.3.4\",\"n\":[1E+2 ,0.10],\"e\":\"\\u0041\\/\"  ,"
      "\"model\":0,\"hostname\":0,\"stage3\":";
  const std::string tail = "\n} ,\"B0B21C000001\":{\"ip\":\"\"}}}\n\n";
  const std::string after = merged(odd + "{}" + tail, {good_result("a8-03-2a-be-54-dc")});
  CHECK(after.substr(0, odd.size()) == odd);
  CHECK(after.substr(after.size() - tail.size()) == tail);
}

TEST_CASE("an entry that another writer has emptied is filled") {
  for (const char* emptied : {"{}", "{ }", "{\n}", "{\r\n}", "{\r\r}"}) {
    CAPTURE(emptied);
    const std::string after = with_good("{\"A8032ABE54DC\": " + std::string(emptied) + "}");
    CHECK(after.find("{, ") == std::string::npos);
    CHECK(with_good(after) == after);
  }
}

TEST_CASE("several entries are merged at once, others left alone") {
  const std::string text = R"({"A8032ABE54DC":{"ip":"1.1.1.1"},"A8032ABE54DD":{"ip":"1.1.1.2"},)"
                           R"("A8032ABE54DE":{"ip":"1.1.1.3"}})";
  const std::string after =
      merged(text, {offline_result("A8032ABE54DC"), offline_result("A8032ABE54DE")});
  const std::string stage3 =
      R"("stage3":{"ota_status":"offline","last_run":"2026-11-23T14:31:05Z","error":"reach: timeout","failing_since":"2026-11-23T14:31:05Z"})";
  CHECK(after == R"({"A8032ABE54DC":{"ip":"1.1.1.1",)" + stage3 +
                     R"(},"A8032ABE54DD":{"ip":"1.1.1.2"},"A8032ABE54DE":{"ip":"1.1.1.3",)" +
                     stage3 + "}}");
  CHECK(merged(text, {}) == text);
}

TEST_CASE("a long text comes in blocks of one size and a rest") {
  constexpr std::size_t kBlock = 256 * 1024;
  for (const std::size_t filling : {std::size_t{0}, kBlock - 300, kBlock, 3 * kBlock}) {
    CAPTURE(filling);
    const std::string head =
        R"({"A8032ABE54DC":{"x":")" + std::string(filling, 'x') + R"("},"y":")";
    const std::string text = head + std::string(filling, 'y') + "\"}";
    const state::Contents contents = parsed(text);
    const Records records(contents, {offline_result("A8032ABE54DC")});
    std::string out;
    bool had_rest = false;
    CHECK(state::merge(contents.document, records.pointers(), [&](std::string_view block) {
      CHECK_FALSE(had_rest);
      CHECK(block.size() <= kBlock);
      had_rest = block.size() < kBlock;
      out += block;
    }));
    CHECK(parsed(out).devices.size() == 1);
    CHECK(out.substr(0, filling) == text.substr(0, filling));
    CHECK(out.substr(out.size() - filling - 2) == text.substr(text.size() - filling - 2));
  }
}
