#include "probe/build_date.hpp"

#include <doctest/doctest.h>

#include <cstdio>

using stage3::probe::build_date;
using stage3::probe::build_time;

TEST_CASE("a build id begins with its date") {
  CHECK(build_date("20260311-095911/1.7.5-g9a2b3c4") == "20260311-095911");
  CHECK(build_date("20260311-095911") == "20260311-095911");
  for (const char* build :
       {"", "20260311", "20260311/1.7.5", "20260311-09591", "20260311-0959111", "020260311-095911",
        "20260311_095911", "1.7.5", "20260230-095911", "20260311-245911", "19991231-235959",
        "21000101-000000", "20261301-000000", "20260100-000000", "20260311-096011"}) {
    CAPTURE(build);
    CHECK(build_date(build).empty());
    CHECK_FALSE(build_time(build).has_value());
  }
}

TEST_CASE("its date is a time") {
  CHECK(build_time("20000101-000000") == 946684800);
  CHECK(build_time("20260311-095911/1.7.5") == 1773223151);
  CHECK(build_time("20240229-235960") == 1709251200);
  CHECK(build_time("20991231-235959") == 4102444799);
}

TEST_CASE("each day of the century follows the one before") {
  std::int64_t last = 946684800 - 86400;
  int days = 0;
  // With what is no month and no day at either end.
  for (int i = 0; i < 100 * 14 * 33; ++i) {
    char build[32];
    std::snprintf(build, sizeof build, "20%02d%02d%02d-000000", i / (14 * 33), i / 33 % 14, i % 33);
    const auto time = build_time(build);
    if (!time) continue;
    REQUIRE(*time == last + 86400);
    last = *time;
    ++days;
  }
  CHECK(days == 36525);
}
