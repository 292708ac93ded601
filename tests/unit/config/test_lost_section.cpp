#include <stage3/config.hpp>

#include <utility>

#include "error_of.hpp"

namespace {

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

TEST_CASE("a second section that was meant to be the same is named") {
  CHECK(error_of("Stage3: {friendly: {enabled: false}}\nstage3: {}\n") ==
        "c.yaml:1:1" + called("Stage3"));
  CHECK(error_of("stage3:\nstage_3:\n  enabled: false\n") == "c.yaml:2:1" + called("stage_3"));
}

TEST_CASE("sections of others beside it do not matter") {
  for (const char* yaml :
       {"x: {stage3: {y: 1}}\nstage3:\n", "stage1: {a: 1}\nstage2: {a: 1}\nstage3: {}\n",
        "stages: {a: 1}\nstage3_old: {a: 1}\nstage3: {}\n",
        "stage3: {}\nstage4: {a: 1}\nstage33: {a: 1}\n", "stage: production\nstage3: {}\n",
        "stages: [stage1, stage3]\nstage3: {}\n", "Stage3:\nstage3: {}\n"}) {
    CAPTURE(yaml);
    CHECK_NOTHROW(stage3::Config::parse(yaml, "c.yaml"));
  }
}

TEST_CASE("a section that lost its indentation") {
  CHECK(error_of("stage3:\nfriendly:\n  enabled: false\n") ==
        "c.yaml:2:1: 'friendly' stands below 'stage3' without being in it: indent it (or "
        "give 'stage3' a 'friendly: {}' of its own if it belongs to something else)");
  CHECK(error_of("stage3:\nenabled: false\n").substr(0, 11) == "c.yaml:2:1:");
  CHECK_NOTHROW(stage3::Config::parse("stage3:\nstage4:\n  ota: 1\n", "c.yaml"));
  CHECK_NOTHROW(stage3::Config::parse("stage3: {}\nlogging: {level: 1}\n", "c.yaml"));
}

TEST_CASE("one part of a section that lost its indentation") {
  const auto lost = [](const std::string& key) {
    return ": '" + key + "' stands beside 'stage3' without being in it: indent it (or give " +
           "'stage3' a '" + key + ": {}' of its own if it belongs to something else)";
  };
  CHECK(error_of("stage3:\n  ip_state_file: x\nfriendly:\n  enabled: false\n") ==
        "c.yaml:3:1" + lost("friendly"));
  CHECK(error_of("ota: {enabled: false}\nstage3: {}\n") == "c.yaml:1:1" + lost("ota"));
  CHECK(error_of("stage3: {ota: {}}\nx: 1\nfriendly: {a: 1}\n") == "c.yaml:3:1" + lost("friendly"));
  for (const char* yaml :
       {"stage3: {friendly: {}}\nfriendly: {a: 1}\n", "ota: {a: 1}\nstage3: {ota: {}}\n",
        "stage3: {}\nlogging: {a: 1}\nnetwork: {a: 1}\ntimeouts: {a: 1}\nauth: {a: 1}\n",
        "stage3: {}\nenabled: true\nota: nightly\n"}) {
    CAPTURE(yaml);
    CHECK_NOTHROW(stage3::Config::parse(yaml, "c.yaml"));
  }
}

TEST_CASE("indentation that nobody sees") {
  for (const auto& row :
       {std::pair("\u00a0", "U+00A0 (no-break space)"), std::pair("\u1680", "U+1680 (white space)"),
        std::pair("\u2003", "U+2003 (white space)"),
        std::pair("\u200b", "U+200B (zero-width space)"),
        std::pair("\u202f", "U+202F (narrow no-break space)"),
        std::pair("\u205f", "U+205F (white space)"), std::pair("\u2060", "U+2060 (invisible)"),
        std::pair("\u3000", "U+3000 (ideographic space)"),
        std::pair("\u200d", "U+200D (invisible)")}) {
    const auto& [space, named] = row;
    CAPTURE(row.second);
    const std::string two = std::string(space) + space;
    const std::string message = std::string(": ") + named + " is no indentation: use spaces";
    CHECK(error_of("stage3:\n" + two + "friendly: {enabled: false}\n") == "c.yaml:2:1" + message);
    CHECK(error_of("stage3:\n  ota: {}\n" + two + "x:\n    y: 1\n") == "c.yaml:3:1" + message);
    CHECK(error_of("stage3:\n  ota: {}\n  " + two + "x: 1\n") == "c.yaml:3:3" + message);
    CHECK(error_of("a: 1\n" + two + "stage3: {}\n") == "c.yaml:2:1" + message);
  }
  CHECK(error_of("stage3\u00a0: {}\n") ==
        "c.yaml:1:1: U+00A0 (no-break space) stands in this key: remove it");
  // libyaml takes the first one of a line for a space.
  CHECK(error_of("stage3:\n\ufeff\ufefffriendly: {enabled: false}\n") ==
        "c.yaml:2:4: U+FEFF (byte order mark) is no indentation: use spaces");
  CHECK_FALSE(stage3::Config::parse("stage3:\n\ufefffriendly: {enabled: false}\n", "c.yaml")
                  .friendly.enabled);
  CHECK_FALSE(error_of("stage3:\n  ota: {}\n\ufefffriendly: {enabled: false}\n").empty());
  CHECK_NOTHROW(stage3::Config::parse("stage3: {}\n\u00e9t\u00e9: 1\na\u200cb: 1\n", "c.yaml"));
  CHECK_NOTHROW(stage3::Config::parse("stage3: {}\nx: {\u00a0y: \u00a0z}\n", "c.yaml"));
  CHECK_FALSE(error_of("stage3:\n\u2028friendly: {}\n").empty());
}
