#include <doctest/doctest.h>
#include <stage3/result.hpp>

#include <set>
#include <string>

using namespace stage3;

TEST_CASE("the words that other stages read") {
  CHECK(to_string(OtaStatus::up_to_date) == std::string("up_to_date"));
  CHECK(to_string(OtaStatus::update_available) == std::string("update_available"));
  CHECK(to_string(OtaStatus::offline) == std::string("offline"));
  CHECK(to_string(OtaStatus::check_failed) == std::string("check_failed"));
  CHECK(to_string(OtaStatus::error) == std::string("error"));
  CHECK(to_string(OtaStatus::skipped) == std::string("skipped"));
  CHECK(to_string(FriendlyStatus::ok) == std::string("ok"));
  CHECK(to_string(FriendlyStatus::no_value) == std::string("no_value"));
  CHECK(to_string(FriendlyStatus::error) == std::string("error"));
  CHECK(to_string(FriendlyStatus::skipped) == std::string("skipped"));
  CHECK(to_string(Outcome::ok) == std::string("ok"));
  CHECK(to_string(Outcome::failed) == std::string("failed"));
  CHECK(to_string(Outcome::offline) == std::string("offline"));
  CHECK(to_string(Outcome::cancelled) == std::string("cancelled"));
}

TEST_CASE("the parts of error texts") {
  CHECK(to_string(Part::reach) == std::string("reach"));
  CHECK(to_string(Part::identity) == std::string("identity"));
  CHECK(to_string(Part::auth) == std::string("auth"));
  CHECK(to_string(Part::ota) == std::string("OTA"));
  CHECK(to_string(Part::friendly) == std::string("friendly"));
  CHECK(to_string(Part::entry) == std::string("entry"));
}

TEST_CASE("each cause has a word of its own") {
  std::set<std::string> words;
  constexpr int end = static_cast<int>(Cause::lost) + 1;
  for (int cause = 0; cause < end; ++cause)
    words.insert(to_string(static_cast<Cause>(cause)));
  CHECK(words.size() == end);
  CHECK(words.count("") == 0);
}

TEST_CASE("errors are joined") {
  DeviceResult result;
  CHECK(result.error_text() == "");
  result.errors.push_back({Part::friendly, Cause::http, 500, 0, "friendly: HTTP 500"});
  CHECK(result.error_text() == "friendly: HTTP 500");
  result.errors.push_back({Part::ota, Cause::timeout, 0, 0, "OTA: timeout"});
  CHECK(result.error_text() == "friendly: HTTP 500; OTA: timeout");
}
