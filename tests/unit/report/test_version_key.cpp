#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "report/version_key.hpp"

using stage3::report::version_key;

TEST_CASE("versions of any kind have one order") {
  const std::vector<std::string> ordered{"",
                                         "i4prod0",
                                         "0.9",
                                         "1.4.4",
                                         "1.7.5-beta1",
                                         "1.7.5-beta2",
                                         "1.7.5",
                                         "1.7.5.1",
                                         "1.10.0",
                                         "2.0.0-beta1",
                                         "2.0.0",
                                         "999999999999999999",
                                         "9999999999999999999999999999"};
  for (std::size_t a = 0; a < ordered.size(); ++a) {
    for (std::size_t b = 0; b < ordered.size(); ++b) {
      CAPTURE(ordered[a]);
      CAPTURE(ordered[b]);
      // A number with more digits than any has is cut, and not compared beyond that.
      if (a + 2 >= ordered.size() && b + 2 >= ordered.size()) continue;
      CHECK((version_key(ordered[a]) < version_key(ordered[b])) == (a < b));
    }
  }
}
