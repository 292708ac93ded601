#include <doctest/doctest.h>

#include <string>

#include "reading.hpp"
#include "rpc/answers.hpp"

using namespace stage3::rpc;

namespace {

Answer<Offers> all_offers(std::string_view body) {
  return read_offers(body, stage3::OtaStage::beta);
}

}  // namespace

TEST_CASE("offers of the two stages count") {
  CHECK_FALSE(use(all_offers("{}")).stable);
  CHECK_FALSE(use(all_offers("{}")).beta);
  const auto both = all_offers(
      R"({"stable":{"version":"1.7.5","build_id":"20260311-095857/1.7.5-g9979d16"},"beta":{"version":"2.0.0-beta1","build_id":"20260423-102546/2.0.0-beta1-g8c7700a"}})");
  REQUIRE(use(both).stable);
  CHECK(use(both).stable->version == "1.7.5");
  CHECK(use(both).stable->build_id == "20260311-095857/1.7.5-g9979d16");
  REQUIRE(use(both).beta);
  CHECK(use(both).beta->version == "2.0.0-beta1");
  CHECK(use(all_offers(R"({"stable":{"version":"1.3.3"}})")).stable->build_id == "");
  CHECK_FALSE(use(all_offers(R"({"stable":null})")).stable);
}

TEST_CASE("other firmware and test builds are no offer") {
  const auto alt = all_offers(
      R"({"alt":{"Mini1PMG4ZB":{"stable":{"version":"1.7.99-x","build_id":"20250915-120859/gb95ce8e"},"beta":{"version":"2.0.0-beta1"}}}})");
  CHECK_FALSE(use(alt).stable);
  CHECK_FALSE(use(alt).beta);
  CHECK_FALSE(use(all_offers(R"({"test":{"version":"9.9.9"}})")).stable);
  CHECK_FALSE(use(all_offers(R"({"alt":[{"version":"9.9.9"}],"old":"x"})")).stable);
  CHECK(use(all_offers("{\"alt\":{\"\xff\":[1e999,\"\\ud800\"]},\"stable\":{\"version\":\"1.7.5\","
                       "\"note\":\"\xff\"},\"x\":\"\xff\"}"))
            .stable->version == "1.7.5");
}

TEST_CASE("a broken offer is unusable, not the lack of one") {
  for (const char* text : {R"({"stable":{}})",
                           R"({"stable":[]})",
                           R"({"stable":[{"version":"1.7.5"}]})",
                           R"({"stable":"1.7.5"})",
                           R"({"stable":true})",
                           R"({"stable":{"version":null}})",
                           R"({"stable":{"version":""}})",
                           R"({"stable":{"version":175}})",
                           R"({"stable":{"version":{}}})",
                           R"({"stable":{"version":["1.7.5"]}})",
                           R"({"stable":{"version":"1.7.5","version":[]}})",
                           R"({"stable":{"version":"\ud800"}})",
                           "{\"stable\":{\"version\":\"1.7.\xff\"}}",
                           R"({"stable":{"build_id":"20260311-095857"}})",
                           R"({"beta":{}})",
                           R"([])",
                           R"("x")",
                           R"(null)",
                           R"(1)",
                           "",
                           " ",
                           "{",
                           R"({"stable":{"version":"1.7.5"})",
                           R"([{"stable":{"version":"1.7.5"}}])"}) {
    CAPTURE(text);
    CHECK(why(all_offers(text)) != "");
  }
}

TEST_CASE("a broken offer that does not count is ignored") {
  for (const char* beta : {"{}", "[]", "7", R"({"version":7})", R"({"version":"\ud800"})"}) {
    CAPTURE(beta);
    const std::string text =
        R"({"beta":)" + std::string(beta) + R"(,"stable":{"version":"1.7.5"}})";
    CHECK(use(read_offers(text, stage3::OtaStage::stable)).stable->version == "1.7.5");
    CHECK_FALSE(use(read_offers(text, stage3::OtaStage::stable)).beta);
    CHECK(why(all_offers(text)) != "");
  }
  CHECK(why(read_offers(R"({"stable":{}})", stage3::OtaStage::stable)) != "");
}

TEST_CASE("an offer with a damaged build is one without") {
  for (const char* build : {"7", "null", "{}", "[\"x\"]", "\"\\ud800\"", "\"\xff\""}) {
    CAPTURE(build);
    const auto offers =
        use(all_offers(R"({"stable":{"version":"1.7.5","build_id":)" + std::string(build) + "}}"));
    REQUIRE(offers.stable);
    CHECK(offers.stable->version == "1.7.5");
    CHECK(offers.stable->build_id == "");
  }
}

TEST_CASE("the last of duplicate offers counts") {
  CHECK(use(all_offers(R"({"stable":{"version":"9.9.9"},"stable":{"version":"1.7.5"}})"))
            .stable->version == "1.7.5");
  CHECK_FALSE(use(all_offers(R"({"stable":{"version":"9.9.9"},"stable":null})")).stable);
}
