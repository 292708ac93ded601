#include "probe/version_order.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "../rounds.hpp"

using stage3::probe::FirmwareVersion;

namespace {

FirmwareVersion version(const std::string& text, const std::string& build = {}) {
  const auto parsed = FirmwareVersion::parse(text, build);
  REQUIRE(parsed);
  return *parsed;
}

bool is_newer(const std::string& offered, const std::string& installed) {
  return version(offered).is_newer_than(version(installed));
}

FirmwareVersion any_version(std::mt19937& random) {
  static const char* const kNumbers[] = {"1",      "1.0",   "1.0.0",  "1.7.5",
                                         "1.7.10", "2.0.0", "01.7.5", "1.7"};
  static const char* const kSuffixes[] = {"",         "-beta1",     "-beta2",  "-beta10",
                                          "-rc1",     "-dev119039", "-alpha",  "beta1",
                                          "-prod0",   "-prod1",     "-prod01", "-powerstripg4prod1",
                                          "-matter22"};
  static const char* const kBuilds[] = {"", "gefb9927", "20260211-153201/gefb9927",
                                        "20260311-095911/1.7.5-g9979d16", "20250101-000000"};
  return version(std::string(kNumbers[random() % std::size(kNumbers)]) +
                     kSuffixes[random() % std::size(kSuffixes)],
                 kBuilds[random() % std::size(kBuilds)]);
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
                                              "1.7.99-powerstripg4prod1",
                                              "1.8.99-floodsg4prod0",
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
  const std::string old_build = "20260211-153201/gefb9927";
  const std::string new_build = "20260311-095911/1.7.5-g9979d16";
  CHECK(version("1.7.5-a", new_build).is_newer_than(version("1.7.5-b", old_build)));
  CHECK_FALSE(version("1.7.5-b", old_build).is_newer_than(version("1.7.5-a", new_build)));
  CHECK(version("1.7.5-b", "").is_newer_than(version("1.7.5-a", new_build)));
  CHECK(version("1.7.5-b", old_build).is_newer_than(version("1.7.5-a", "gefb9927")));
  CHECK(version("1.7.5-beta1", new_build).is_newer_than(version("1.7.5-beta2", old_build)));
  CHECK_FALSE(version("1.7.5-beta1", new_build).is_newer_than(version("1.7.5", old_build)));
  CHECK_FALSE(version("1.7.5", new_build).is_newer_than(version("1.7.5", old_build)));
}

TEST_CASE("then the suffix in natural order") {
  CHECK(is_newer("2.0.0-beta10", "2.0.0-beta9"));
  CHECK(is_newer("2.0.0-beta2", "2.0.0-beta1"));
  CHECK_FALSE(is_newer("2.0.0-beta1", "2.0.0-beta2"));
  CHECK(is_newer("1.7.0-miniemg4prod1", "1.7.0-miniemg4prod0"));
  CHECK(is_newer("1.6.99-dev119039", "1.6.99-dev9999"));
}

TEST_CASE("what does not begin with a number is no version") {
  for (const char* text : {"", "v1.7.5", "latest", ".1", "-1", " 1.7.5", "beta1"}) {
    CAPTURE(text);
    CHECK_FALSE(FirmwareVersion::parse(text, ""));
  }
  CHECK(FirmwareVersion::parse("1", ""));
  CHECK(FirmwareVersion::parse("1.", ""));
  CHECK(FirmwareVersion::parse("1..2", ""));
}

TEST_CASE("malformed dates are no dates") {
  for (const char* build : {"20260311", "20260311-0959", "2026031-095911", "20260311_095911",
                            "20260311-0959111", "x20260311-095911"}) {
    CAPTURE(build);
    // With a date the offer would be older.
    CHECK(version("1.7.5-b", build).is_newer_than(version("1.7.5-a", "20990101-000000")));
  }
}

TEST_CASE("compare is a total order") {
  std::mt19937 random(20261123);
  const auto sign = [](int value) { return (value > 0) - (value < 0); };
  int broken = 0;
  for (int round = 0; round < rounds(100000); ++round) {
    const FirmwareVersion a = any_version(random);
    const FirmwareVersion b = any_version(random);
    const FirmwareVersion c = any_version(random);
    const int ab = sign(FirmwareVersion::compare(a, b));
    const int bc = sign(FirmwareVersion::compare(b, c));
    const int ac = sign(FirmwareVersion::compare(a, c));
    if (ab != -sign(FirmwareVersion::compare(b, a))) ++broken;
    if (ab <= 0 && bc <= 0 && ac > 0) ++broken;
    if (ab <= 0 && bc <= 0 && (ab < 0 || bc < 0) && ac >= 0) ++broken;
    if (FirmwareVersion::compare(a, a) != 0) ++broken;
    // Never both newer than each other.
    if (a.is_newer_than(b) && b.is_newer_than(a)) ++broken;
  }
  CHECK(broken == 0);
}
