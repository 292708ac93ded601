#include "probe/version_order.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "../rounds.hpp"

using stage3::probe::FirmwareVersion;

namespace {

const std::string kOldBuild = "20260211-153201/gefb9927";
const std::string kNewBuild = "20260311-095911/1.7.5-g9979d16";

FirmwareVersion version(const std::string& text, const std::string& build = {}) {
  return {text, build};
}

bool is_newer(const FirmwareVersion& offered, const FirmwareVersion& installed) {
  const auto newer = offered.is_newer_than(installed);
  REQUIRE(newer);
  return *newer;
}
bool is_newer(const std::string& offered, const std::string& installed) {
  return is_newer(version(offered), version(installed));
}

bool can_be_compared(const FirmwareVersion& a, const FirmwareVersion& b) {
  return FirmwareVersion::compare(a, b).has_value();
}

/// A version with what a test knows of it.
struct Sample {
  std::string text;
  FirmwareVersion version;
  bool needs_date;
  bool has_date;
};

Sample any_sample(std::mt19937& random) {
  static const char* const kNumbers[] = {"1.7",   "1.0",    "1.0.0",  "1.7.5",  "1.7.10", "2",
                                         "2.0.0", "01.7.5", "1.7.99", "1.8.99", "v1.7.5"};
  static const char* const kSuffixes[] = {"",         "-beta1",     "-beta2",  "-beta10",
                                          "-rc1",     "-dev119039", "-alpha",  "beta1",
                                          "-Beta1",   "+beta2",     ".pre1",   "-PROD1",
                                          "-prod0",   "-prod1",     "-prod01", "-powerstripg4prod1",
                                          "-matter22"};
  static const char* const kNames[] = {"", "i4prod0", "latest", "1pmprod0", "vacuum"};
  static const char* const kBuilds[] = {"", "gefb9927", "20260211-153201/gefb9927",
                                        "20260311-095911/1.7.5-g9979d16", "20250101-000000"};
  const std::string build = kBuilds[random() % std::size(kBuilds)];
  const bool has_date = build.rfind("202", 0) == 0;
  if (random() % 5 == 0) {
    const std::string name = kNames[random() % std::size(kNames)];
    return {name, version(name, build), true, has_date};
  }
  const std::string number = kNumbers[random() % std::size(kNumbers)];
  const std::string suffix = kSuffixes[random() % std::size(kSuffixes)];
  const bool has_prod =
      suffix.find("prod") != std::string::npos || suffix.find("PROD") != std::string::npos;
  const bool is_factory = number.find(".99") != std::string::npos && has_prod;
  // A number without a dot is one only alone or before a pre-release.
  const bool is_name = number == "2" && (has_prod || suffix == "-matter22");
  const std::string text = number + suffix;
  return {text, version(text, build), is_factory || is_name, has_date};
}

}  // namespace

TEST_CASE("versions of real devices, each newer than the one before") {
  const std::vector<const char*> ascending = {"0.14.1",
                                              "1.0.1",
                                              "1.0.2",
                                              "1.0.7",
                                              "1.2.3-matter22",
                                              "1.3.3",
                                              "1.3.99-dev96845",
                                              "1.4.0",
                                              "1.4.2-beta1",
                                              "1.4.4",
                                              "1.5.1-beta1",
                                              "1.5.99-dev117997",
                                              "1.6.99-dev119039",
                                              "1.7.0-miniemg4prod0",
                                              "1.7.5",
                                              "2.0.0-beta1",
                                              "2.0.0-beta2",
                                              "2.0.0"};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      CAPTURE(ascending[i]);
      CAPTURE(ascending[j]);
      CHECK(is_newer(ascending[i], ascending[j]) == (i > j));
    }
  }
}

TEST_CASE("numbers compare as numbers") {
  CHECK(is_newer("1.10.0", "1.9.9"));
  CHECK(is_newer("1.0.10", "1.0.9"));
  CHECK_FALSE(is_newer("1.9.9", "1.10.0"));
  CHECK(is_newer("1.7.5.1", "1.7.5"));
  CHECK(is_newer("99999999999999999999999.0.0", "2.0.0"));
}

TEST_CASE("other spellings of the same version are not newer") {
  CHECK_FALSE(is_newer("1.7.0", "1.7"));
  CHECK_FALSE(is_newer("1.7", "1.7.0"));
  CHECK_FALSE(is_newer("1.7.05", "1.7.5"));
  CHECK_FALSE(is_newer("1.7.5", "1.7.05"));
  CHECK_FALSE(is_newer("1.7.5-prod01", "1.7.5-prod1"));
}

TEST_CASE("on a tie a release beats what comes before it") {
  for (const char* pre : {"-alpha", "-alpha2", "-beta1", "-rc1", "-dev119039"}) {
    CAPTURE(pre);
    CHECK(is_newer("1.7.5", std::string("1.7.5") + pre));
    CHECK_FALSE(is_newer(std::string("1.7.5") + pre, "1.7.5"));
    CHECK(is_newer("1.7.5-prod0", std::string("1.7.5") + pre));
  }
}

TEST_CASE("then the later date, where both have one") {
  CHECK(is_newer(version("1.7.5-a", kNewBuild), version("1.7.5-b", kOldBuild)));
  CHECK_FALSE(is_newer(version("1.7.5-b", kOldBuild), version("1.7.5-a", kNewBuild)));
  CHECK(is_newer(version("1.7.5-b", ""), version("1.7.5-a", kNewBuild)));
  CHECK(is_newer(version("1.7.5-b", kOldBuild), version("1.7.5-a", "gefb9927")));
  CHECK(is_newer(version("1.7.5-beta1", kNewBuild), version("1.7.5-beta2", kOldBuild)));
  CHECK_FALSE(is_newer(version("1.7.5-beta1", kNewBuild), version("1.7.5", kOldBuild)));
  CHECK_FALSE(is_newer(version("1.7.5", kNewBuild), version("1.7.5", kOldBuild)));
}

TEST_CASE("then the suffix in natural order") {
  CHECK(is_newer("2.0.0-beta10", "2.0.0-beta9"));
  CHECK(is_newer("2.0.0-beta2", "2.0.0-beta1"));
  CHECK_FALSE(is_newer("2.0.0-beta1", "2.0.0-beta2"));
  CHECK(is_newer("1.7.0-miniemg4prod1", "1.7.0-miniemg4prod0"));
  CHECK(is_newer("1.6.99-dev119039", "1.6.99-dev9999"));
}

TEST_CASE("where there is no number the dates decide") {
  for (const char* text : {"", "i4prod0", "latest", "v", "vi4prod0", ".1", "-1", " 1.7.5",
                           "1pmprod0", "1-pmprod0", "20260311", "20260311-095911", "2..0"}) {
    CAPTURE(text);
    CHECK(is_newer(version("1.7.5", kNewBuild), version(text, kOldBuild)));
    CHECK_FALSE(is_newer(version("1.7.5", kOldBuild), version(text, kNewBuild)));
    CHECK_FALSE(is_newer(version("1.7.5", kNewBuild), version(text, kNewBuild)));
    CHECK_FALSE(can_be_compared(version("1.7.5", kNewBuild), version(text)));
    CHECK_FALSE(can_be_compared(version("1.7.5"), version(text, kNewBuild)));
  }
}

TEST_CASE("an offer without a number is a factory build, or says nothing whatever its date") {
  for (const char* text : {"i4prod0", "vi4prod0", "1pmprod0", "1-pmprod0"}) {
    CAPTURE(text);
    CHECK(is_newer(version(text, kNewBuild), version("1.7.5", kOldBuild)));
    CHECK_FALSE(is_newer(version(text, kNewBuild), version(text, kOldBuild)));
  }
  for (const char* text :
       {"", "latest", "garbage", "v", ".1", "-1", " 1.7.5", "20260311", "20260311-095911", "2..0",
        "https://1.8.0", "fw1.7.4", "stable-1.7.4", "(1.7.4)", "1_7_4", "1,7,4", "1 .8.0"}) {
    CAPTURE(text);
    CHECK_FALSE(version(text, kNewBuild).is_newer_than(version("1.7.5", kOldBuild)).has_value());
    CHECK_FALSE(version(text, kNewBuild).is_newer_than(version("i4prod0", kOldBuild)).has_value());
  }
}

TEST_CASE("a factory build is as new as its date, on either side") {
  const std::string shipped = "20250819-150404/ga0def2d";
  CHECK(is_newer(version("1.7.5", kNewBuild), version("1.7.99-g4prod3", shipped)));
  CHECK_FALSE(is_newer(version("1.7.99-g4prod3", shipped), version("1.7.5", kNewBuild)));
  CHECK(is_newer(version("2.0.0-beta1", kNewBuild), version("1.7.99-powerstripg4prod1", shipped)));
  // Numbers would say otherwise.
  CHECK_FALSE(is_newer(version("2.0.0", shipped), version("1.7.99-g4prod3", kNewBuild)));
  CHECK(is_newer(version("1.7.99-g4prod4", kNewBuild), version("1.7.99-g4prod3", shipped)));
  CHECK_FALSE(can_be_compared(version("2.0.0"), version("1.7.99-g4prod3", shipped)));
  CHECK_FALSE(can_be_compared(version("1.7.99-g4prod3"), version("1.0.0", shipped)));
}

TEST_CASE("what only looks like a factory build goes by its number") {
  CHECK(is_newer("1.7.0-miniemg4prod1", "1.7.0-miniemg4prod0"));
  CHECK(is_newer("1.7.1", "1.7.0-miniemg4prod0"));
  CHECK(is_newer("1.7.0", "1.6.99-dev119039"));
  CHECK(is_newer("1.7.99.1-prod1", "1.7.5"));
  CHECK(is_newer("1.7.199-prod1", "1.7.5"));
  CHECK(is_newer("1.99.0-prod1", "1.7.5"));
}

TEST_CASE("spellings of one version are one version, whatever the dates") {
  const std::vector<std::vector<const char*>> versions = {
      {"1.7.5", "v1.7.5", "V1.7.5", "1.7.5-"},
      {"1.7.5-beta1", "1.7.5-Beta1", "1.7.5-BETA1", "1.7.5+beta1", "1.7.5.beta1", "1.7.5_beta1",
       "1.7.5~beta1", "1.7.5beta1", "1.7.5--beta1", "v1.7.5-beta1"},
      {"2", "v2"},
      {"1.7.99-g4prod3", "1.7.99-G4Prod3", "1.7.99+g4prod3", "v1.7.99-g4PROD3"},
      {"i4prod0", "I4PROD0"},
  };
  for (const auto& spellings : versions) {
    for (const char* a : spellings) {
      for (const char* b : spellings) {
        CAPTURE(a);
        CAPTURE(b);
        CHECK(FirmwareVersion::compare(version(a, kNewBuild), version(b, kOldBuild)) == 0);
        CHECK(FirmwareVersion::compare(version(a), version(b)) == 0);
      }
    }
  }
}

TEST_CASE("a pre-release is one in any spelling, and older than its release") {
  for (const char* word : {"alpha", "beta", "rc", "dev", "pre", "Beta", "RC", "Alpha", "DEV", "Pre",
                           "preview", "develop"}) {
    for (const char* before : {"-", "+", ".", "_", "~", " ", ""}) {
      const std::string text = std::string("1.7.5") + before + word + "1";
      CAPTURE(text);
      CHECK_FALSE(is_newer(version(text, kNewBuild), version("1.7.5", kOldBuild)));
      CHECK_FALSE(is_newer(version(text, kNewBuild), version("1.7.5-prod0", kOldBuild)));
      CHECK(is_newer(version("1.7.5", kOldBuild), version(text, kNewBuild)));
      CHECK(is_newer(version(text, kOldBuild), version("1.7.4", kNewBuild)));
    }
  }
}

TEST_CASE("a pre-release is one behind something else, too, and by its other names") {
  for (const char* suffix :
       {"-matter-beta1", "-g1234567-beta", "-0beta", "-b1", "b1", "-a2", "-nightly", "-canary",
        "-unstable", "-experimental", "-test3", "-matter_rc2"}) {
    const std::string text = std::string("1.7.5") + suffix;
    CAPTURE(text);
    CHECK_FALSE(is_newer(version(text, kNewBuild), version("1.7.5", kOldBuild)));
    CHECK(is_newer(version("1.7.5", kOldBuild), version(text, kNewBuild)));
  }
  for (const char* suffix : {"-g1a2b3c", "-b1c2d3e", "-miniemg4prod1", "-matter22", "-latest1"}) {
    const std::string text = std::string("1.7.5") + suffix;
    CAPTURE(text);
    CHECK(is_newer(version(text, kNewBuild), version("1.7.5", kOldBuild)));
  }
}

TEST_CASE("a number without a dot is one where nothing else stands") {
  CHECK(is_newer("2", "1.7.5"));
  CHECK(is_newer("2.0.1", "2"));
  CHECK_FALSE(is_newer("2", "2.0.0"));
  CHECK_FALSE(is_newer("2.0.0", "2"));
  CHECK(is_newer("2", "2-beta1"));
  CHECK(is_newer("v2-beta1", "1.7.5"));
  // Whatever the dates say: the lower number would be a step back.
  CHECK_FALSE(is_newer(version("1.7.5", kNewBuild), version("2", kOldBuild)));
}

TEST_CASE("a factory build is one in any spelling") {
  for (const char* text : {"1.7.99-G4PROD3", "1.7.99-G4Prod3", "1.7.99.g4prod3", "1.7.099-g4prod3",
                           "v1.7.99-g4prod3", "1.7.99prod3"}) {
    CAPTURE(text);
    CHECK(is_newer(version("1.7.5", kNewBuild), version(text, kOldBuild)));
    CHECK_FALSE(is_newer(version(text, kOldBuild), version("1.7.5", kNewBuild)));
    CHECK_FALSE(can_be_compared(version(text), version("1.7.5", kNewBuild)));
  }
}

TEST_CASE("a moment that no calendar and no clock has is no date") {
  for (const char* build :
       {"99999999-999999", "20261311-095911", "20260011-095911", "20260300-095911",
        "20260332-095911", "20260431-095911", "20260229-095911", "21000101-095911",
        "19991231-235959", "20260311-240000", "20260311-096011", "20260311-095961",
        "00000000-000000"}) {
    CAPTURE(build);
    CHECK_FALSE(can_be_compared(version("i4prod1", build), version("i4prod0", kOldBuild)));
    CHECK_FALSE(can_be_compared(version("1.7.5", kNewBuild), version("i4prod0", build)));
    CHECK(is_newer(version("1.7.5-b", build), version("1.7.5-a", kNewBuild)));
  }
  for (const char* build : {"20240229-000000", "20000229-235960", "20261231-235959"}) {
    CAPTURE(build);
    CHECK(can_be_compared(version("1.7.5", build), version("i4prod0", kOldBuild)));
  }
}

TEST_CASE("malformed dates are no dates") {
  for (const char* build : {"20260311", "20260311-0959", "2026031-095911", "20260311_095911",
                            "20260311-0959111", "x20260311-095911"}) {
    CAPTURE(build);
    CHECK_FALSE(can_be_compared(version("1.7.5", kNewBuild), version("i4prod0", build)));
    // With a date the offer would be older.
    CHECK(is_newer(version("1.7.5-b", build), version("1.7.5-a", "20990101-000000")));
  }
}

TEST_CASE("each comparison is the opposite of its reverse, and none only for want of a date") {
  std::mt19937 random(20261123);
  int broken = 0;
  int without = 0;
  for (int round = 0; round < rounds(100000); ++round) {
    const Sample a = any_sample(random);
    const Sample b = any_sample(random);
    const auto ab = FirmwareVersion::compare(a.version, b.version);
    const auto ba = FirmwareVersion::compare(b.version, a.version);
    const bool lacks_date = (a.needs_date || b.needs_date) && !(a.has_date && b.has_date);
    if (ab.has_value() != ba.has_value() || (ab && *ab != -*ba)) ++broken;
    if (!ab && !lacks_date) ++broken;
    if (FirmwareVersion::compare(a.version, a.version) != 0) ++broken;
    without += !ab;
  }
  CHECK(broken == 0);
  CHECK(without > 0);
}

TEST_CASE("what one rule orders is ordered for good") {
  // By number, class and suffix; by number, class and date; by date alone. Three versions of which
  // different pairs are told by different rules can go in a circle: a release may be older than an
  // earlier number's.
  std::mt19937 random(20261124);
  int broken = 0;
  int compared = 0;
  while (compared < rounds(100000)) {
    const Sample a = any_sample(random);
    const Sample b = any_sample(random);
    const Sample c = any_sample(random);
    const int dates = a.has_date + b.has_date + c.has_date;
    const int by_date = a.needs_date + b.needs_date + c.needs_date;
    if ((dates != 0 && dates != 3) || by_date == 1) continue;
    const auto ab = FirmwareVersion::compare(a.version, b.version);
    const auto bc = FirmwareVersion::compare(b.version, c.version);
    const auto ac = FirmwareVersion::compare(a.version, c.version);
    if (!ab || !bc || !ac) continue;
    // One version in two spellings is one whatever the dates.
    if (*ab == 0 || *bc == 0 || *ac == 0) continue;
    ++compared;
    if (*ab == *bc && *ac != *ab) ++broken;
  }
  CHECK(broken == 0);
}
