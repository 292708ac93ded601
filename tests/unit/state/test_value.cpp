#include "state/value.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>

#include "state/entry_merger.hpp"
#include "support.hpp"

using namespace stage3;
using namespace stage3::test;
using json::Scalar;
using state::Change;
using state::Changes;
using state::Value;

namespace {

using Kind = Scalar::Kind;

Change set_to(std::string_view name, Value value) {
  return {name, Change::Kind::set, value};
}

Change without(std::string_view name) {
  return {name, Change::Kind::remove, {}};
}

Changes all(const std::vector<Change>& changes) {
  return {changes.data(), changes.size()};
}

const std::vector<Change> kInner{set_to("from", std::string_view("1.4.4")),
                                 set_to("attempts", std::int64_t{2}), set_to("is_late", true),
                                 set_to("sent_at", state::UtcTime{kRun}), without("error")};

/// `text`, a flat file with one entry, with `changes` made to the `stage3` that it has.
std::string changed(const std::string& text, const std::vector<Change>& changes) {
  const state::Contents contents = parsed(text);
  const state::Entry& entry = contents.document.entries.at(0);
  state::Spelling spelling(json::Charset::ascii);
  state::Splices splices;
  const state::ObjectMerger merger(text, spelling, splices);
  merger.edit(entry.stage3, all(changes), state::layout_of(text, entry));
  std::string out;
  const std::size_t copied = splices.apply(text, 0, [&](std::string_view piece) { out += piece; });
  return out + text.substr(copied);
}

std::string compact(const std::string& stage3) {
  return R"({"A8032ABE54DC":{"ip":"1.2.3.4","stage3":)" + stage3 + "}}";
}

}  // namespace

TEST_CASE("values of every type are written as JSON has them") {
  CHECK(changed(compact(R"({"x":1})"), kInner) ==
        compact(R"({"x":1,"from":"1.4.4","attempts":2,"is_late":true,)"
                R"("sent_at":"2026-11-23T14:31:05Z"})"));
  CHECK(changed(compact(R"({"a":"-1","b":[true],"c":{"z":0},"d":null})"),
                {set_to("a", std::numeric_limits<std::int64_t>::min()), set_to("b", false),
                 set_to("c", std::string_view("\"")), set_to("d", state::UtcTime{0})}) ==
        compact(R"({"a":-9223372036854775808,"b":false,"c":"\"","d":"1970-01-01T00:00:00Z"})"));
}

TEST_CASE("a value that says the same already keeps its spelling; another type does not say it") {
  const std::string same = compact(
      R"({"from":"1.4\u002e4","attempts":2,"is_late":true,"sent_at":"2026-11-23T14:31:05\u005a"})");
  CHECK(changed(same, kInner) == same);
  CHECK(
      changed(compact(R"({"from":1.4,"attempts":"2","is_late":1,"sent_at":1795444265})"), kInner) ==
      compact(R"({"from":"1.4.4","attempts":2,"is_late":true,"sent_at":"2026-11-23T14:31:05Z"})"));
}

TEST_CASE("an object that is there keeps what is not ours") {
  const std::vector<Change> changes{set_to("ota", all(kInner)), set_to("z", std::int64_t{1})};
  CHECK(changed(compact(R"({"ota":{"error":"x","mine":[1,{"from":0}],"fro\u006d":"?"},"y":2})"),
                changes) ==
        compact(R"({"ota":{"mine":[1,{"from":0}],"fro\u006d":"1.4.4","attempts":2,"is_late":true,)"
                R"("sent_at":"2026-11-23T14:31:05Z"},"y":2,"z":1})"));
  const std::string once = changed(compact(R"({"ota":{"mine":1}})"), changes);
  CHECK(changed(once, changes) == once);
}

TEST_CASE("an object takes the place of what is none, or of an empty one") {
  const std::vector<Change> changes{set_to("ota", all(kInner))};
  const std::string after = compact(R"({"ota":{"from":"1.4.4","attempts":2,"is_late":true,)"
                                    R"("sent_at":"2026-11-23T14:31:05Z"}})");
  for (const char* before : {R"({"ota":{}})", R"({"ota":null})", R"({"ota":[{"from":1}]})",
                             R"({"ota":"x"})", R"({"ota":{ }})"}) {
    CAPTURE(before);
    CHECK(changed(compact(before), changes) == after);
  }
  CHECK(changed(compact(R"({"ota":{"from":1},"x":0})"), {without("ota")}) == compact(R"({"x":0})"));
}

TEST_CASE("objects in objects are indented as deep as they stand") {
  const std::vector<Change> innermost{set_to("a", true), set_to("b", false)};
  const std::vector<Change> inner{set_to("from", std::string_view("1")),
                                  set_to("deep", all(innermost))};
  CHECK(changed("{\n \"A8032ABE54DC\": {\n  \"stage3\": {\n   \"x\": 1\n  }\n }\n}",
                {set_to("ota", all(inner))}) ==
        "{\n \"A8032ABE54DC\": {\n  \"stage3\": {\n   \"x\": 1,\n   \"ota\": {\n    \"from\": "
        "\"1\",\n    \"deep\": {\n     \"a\": true,\n     \"b\": false\n    }\n   }\n  }\n }\n}");
  CHECK(changed("{\n \"A8032ABE54DC\": {\n  \"stage3\": {\"x\": 1}\n }\n}",
                {set_to("ota", all(inner))}) ==
        "{\n \"A8032ABE54DC\": {\n  \"stage3\": {\"x\": 1, \"ota\": {\"from\": \"1\", \"deep\": "
        "{\"a\": true, \"b\": false}}}\n }\n}");
}

TEST_CASE("a value of a file is read as the type that it has, and as no other") {
  const std::vector<Scalar> others{
      {Kind::null, "null"}, {Kind::string, "true"}, {Kind::number, "1"}};
  CHECK(state::as_boolean({Kind::boolean, "true"}) == true);
  CHECK(state::as_boolean({Kind::boolean, "false"}) == false);
  for (const Scalar& other : others)
    CHECK(!state::as_boolean(other));

  CHECK(state::as_integer({Kind::number, "-9223372036854775808"}) ==
        std::numeric_limits<std::int64_t>::min());
  for (const char* number : {"9223372036854775808", "1.0", "1e3", "0.5"}) {
    CAPTURE(number);
    CHECK(!state::as_integer({Kind::number, number}));
  }
  CHECK(!state::as_integer({Kind::string, "1"}));
  CHECK(!state::as_integer({Kind::boolean, "true"}));

  CHECK(state::as_text({Kind::string, "1234"}, 4) == std::string_view("1234"));
  CHECK(!state::as_text({Kind::string, "12345"}, 4));
  CHECK(!state::as_text({Kind::string, "1", true}, 4));
  CHECK(!state::as_text({Kind::number, "1"}, 4));

  const Scalar time{Kind::string, "2026-11-23T14:31:05Z"};
  CHECK(state::as_time(time, kRun)->seconds == kRun);
  CHECK(!state::as_time(time, kRun - 1));
  CHECK(!state::as_time({Kind::string, "1970-01-01T00:00:00Z"}, kRun));
  CHECK(!state::as_time({Kind::string, "gestern"}, kRun));
  CHECK(!state::as_time({Kind::string, time.text, true}, kRun));
  CHECK(!state::as_time({Kind::number, "1795444265"}, kRun));
}
