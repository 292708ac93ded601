#include <doctest/doctest.h>
#include <stage3/version.hpp>

#include <string>

TEST_CASE("the linked version is spelled from the header's numbers") {
  CHECK(stage3::version() == std::to_string(STAGE3_VERSION_MAJOR) + "." +
                                 std::to_string(STAGE3_VERSION_MINOR) + "." +
                                 std::to_string(STAGE3_VERSION_PATCH));
}
