#include <stage3/config.hpp>

#include "error_of.hpp"

namespace {

std::string error_of(std::string_view yaml) {
  return config_error_of([&] { stage3::Config::parse(yaml, "c.yaml"); });
}

const std::string kNone =
    "c.yaml: there is no section 'stage3' in it: add the line 'stage3:' (with nothing below it, "
    "all "
    "defaults hold)";

std::string called(const std::string& key) {
  return ": the section is called 'stage3', not '" + key +
         "': what stands below it would not be read";
}

std::string below(const std::string& key, const std::string& outer) {
  return ": '" + key + "' stands below '" + outer +
         "' and would not be read: it must be 'stage3' in the first column";
}

}  // namespace

TEST_CASE("nothing like the section") {
  for (const char* yaml :
       {"", "\n", "# stage3:\n", "---\n", "~", "{}", "stage1: {a: 1}\n",
        "stage1:\nstage2:\nstage33:\nstage30: {}\n", "other: stage3\n",
        "other: [stage3, {a: stage3}]\n", "state: {}\n", "ota: {mode: check_only}\n"}) {
    CAPTURE(yaml);
    CHECK(error_of(yaml) == kNone);
  }
}

TEST_CASE("another spelling is named with its place") {
  for (const char* key :
       {"Stage3", "STAGE3", "stage_3", "stage-3", "stage 3", "Stage.3", "_stage3", "stag3",
        "satge3", "stge3", "stage", "stages3", "staqe3", "shelly_stage3", "stage3.ota"}) {
    CAPTURE(key);
    CHECK(error_of("other: 1\n" + std::string(key) + ": {ota: {enabled: false}}\n") ==
          "c.yaml:2:1" + called(key));
  }
  CHECK(error_of("stage3\u00a0: {}\n") == "c.yaml:1:1" + called("stage3\u00a0"));
  CHECK(error_of("st\u0430ge3: {}\n") == "c.yaml:1:1" + called("st\u0430ge3"));
}

TEST_CASE("a section below another one is named with its place") {
  CHECK(error_of("network:\n  stage3:\n    ota: {}\n") ==
        "c.yaml:2:3" + below("stage3", "network"));
  CHECK(error_of("stage1:\n  a: 1\n  deep:\n    - x: 1\n      Stage_3: {}\n") ==
        "c.yaml:5:7" + below("Stage_3", "stage1"));
  CHECK(error_of("a: {? [1, {stage3: 2}] : 3}\n") == "c.yaml:1:12" + below("stage3", "a"));
}

TEST_CASE("of several the most likely one is named") {
  CHECK(error_of("stages:\n  stage3: {}\n") == "c.yaml:2:3" + below("stage3", "stages"));
  CHECK(error_of("stage: {}\nStage3: {}\n") == "c.yaml:2:1" + called("Stage3"));
  CHECK(error_of("Stage3: {}\nx: {stage3: 1}\n") == "c.yaml:1:1" + called("Stage3"));
}

TEST_CASE("what stands beside the section does not matter") {
  for (const char* yaml :
       {"Stage3: {friendly: 5}\nstage3: {}\n", "x: {stage3: {y: 1}}\nstage3:\n"}) {
    CAPTURE(yaml);
    CHECK_NOTHROW(stage3::Config::parse(yaml, "c.yaml"));
  }
}

TEST_CASE("a section that lost its indentation") {
  CHECK(error_of("stage3:\nfriendly:\n  enabled: false\n") ==
        "c.yaml:2:1: 'friendly' stands below 'stage3' without being in it: indent it (or write "
        "'stage3: {}' if it belongs to something else)");
  CHECK(error_of("stage3:\nenabled: false\n").substr(0, 11) == "c.yaml:2:1:");
  CHECK_NOTHROW(stage3::Config::parse("stage3:\nstage4:\n  ota: 1\n", "c.yaml"));
  CHECK_NOTHROW(stage3::Config::parse("stage3: {}\nlogging: {level: 1}\n", "c.yaml"));
}
