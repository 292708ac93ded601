#include <doctest/doctest.h>
#include <stage3/config.hpp>
#include <stage3/error.hpp>

#include <functional>
#include <limits>

using stage3::Config;
using stage3::Duration;
using stage3::Language;
using stage3::OtaMode;
using stage3::OtaStage;
using namespace std::chrono_literals;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// What `change` or then validate() says; empty: nothing.
std::string complaint(const std::function<void(Config&)>& change) {
  Config config;
  try {
    change(config);
    config.validate();
    return {};
  } catch (const stage3::Error& error) {
    CHECK(error.code() == stage3::Errc::invalid_argument);
    return error.what();
  }
}

std::string set_complaint(const std::string& key, const std::string& value) {
  return complaint([&](Config& config) { config.set(key, value); });
}

Duration& duration_of(Config& config, const std::string& key) {
  if (key == "ota.timeout") return config.ota.timeout;
  if (key == "timeouts.ping") return config.timeouts.ping;
  if (key == "timeouts.reach") return config.timeouts.reach;
  return config.timeouts.rpc;
}

}  // namespace

TEST_CASE("the defaults and the ends of the ranges are valid") {
  CHECK_NOTHROW(Config().validate());
  CHECK(complaint([](Config& c) { c.concurrency = 65536; }) == "");
  CHECK(complaint([](Config& c) { c.ota.timeout = 1us; }) == "");
  CHECK(complaint([](Config& c) { c.ota.timeout = 1h; }) == "");
  CHECK(complaint([](Config& c) { c.ota.rate = 0; }) == "");
  CHECK(complaint([](Config& c) { c.ota.rate = 1e-5; }) == "");
  CHECK(complaint([](Config& c) { c.network.connect_rate = 1e6; }) == "");
  CHECK(complaint([](Config& c) { c.logging.base_path = ""; }) == "");
}

TEST_CASE("a duration that no run can keep") {
  for (const char* key : {"ota.timeout", "timeouts.ping", "timeouts.reach", "timeouts.rpc"}) {
    const auto with = [&](Duration value) {
      return complaint([&](Config& config) { duration_of(config, key) = value; });
    };
    const std::string must = std::string(key) + " must be a number of seconds > 0 and at most 3600";
    CHECK(with(0us) == must + ", not '0'");
    CHECK(with(-1us) == must + ", not '-0.000001'");
    CHECK(with(1h + 1us) == must + ", not '3600.000001'");
    CHECK(with(Duration::max()).substr(0, must.size()) == must);
    CHECK(with(Duration::min()).substr(0, must.size()) == must);
  }
}

TEST_CASE("the times of an update have bounds of their own") {
  const auto must = [](const std::string& key, const std::string& value) {
    const std::string told = set_complaint(key, value);
    return told.substr(0, told.find(", not"));
  };
  for (const char* key : {"ota.quiet", "ota.settle", "ota.retry_after"})
    CHECK(set_complaint(key, "0") == "");
  CHECK(must("ota.quiet", "3600.1") == "ota.quiet must be a number of seconds from 0 to 3600");
  CHECK(must("ota.poll", "0.09") == "ota.poll must be a number of seconds from 0.1 to 3600");
  CHECK(must("ota.deadline", "0.9") == "ota.deadline must be a number of seconds from 1 to 86400");
  CHECK(must("ota.settle", "86401") == "ota.settle must be a number of seconds from 0 to 86400");
  CHECK(must("ota.retry_after", "2592001") ==
        "ota.retry_after must be a number of seconds from 0 to 2592000");
  CHECK(complaint([](Config& c) { c.ota.settle = -1us; }) != "");
  CHECK(complaint([](Config& c) { c.ota.poll = 99999us; }) != "");
  CHECK(complaint([](Config& c) { c.ota.deadline = Duration::max(); }) != "");
}

TEST_CASE("numbers of updates") {
  const std::string must = "ota.max_steps must be a whole number from 1 to 100, not '";
  CHECK(set_complaint("ota.max_steps", "0") == must + "0'");
  CHECK(set_complaint("ota.max_steps", "101") == must + "101'");
  CHECK(complaint([](Config& c) { c.ota.max_attempts = 0; }) ==
        "ota.max_attempts must be a whole number from 1 to 100, not '0'");
  CHECK(complaint([](Config& c) { c.ota.max_attempts = 101; }) != "");
  CHECK(set_complaint("ota.min_age", "0.5") ==
        "ota.min_age must be a whole number of days from 0 to 3650, not '0.5'");
  CHECK(set_complaint("ota.min_age", "3651") != "");
  CHECK(complaint([](Config& c) { c.ota.min_age = 3651; }) != "");
}

TEST_CASE("a rate that is none, or that no clock can keep") {
  const std::string must =
      "ota.rate must be a number per second, 0 (no limit) or from 0.00001 to 1000000, not '";
  for (const double rate : {-1.0, kNan, kInfinity, -kInfinity, 1e-10, 5e-324, 1e300, -0.5}) {
    CAPTURE(rate);
    CHECK(complaint([&](Config& c) { c.ota.rate = rate; }).substr(0, must.size()) == must);
    CHECK(complaint([&](Config& c) { c.network.connect_rate = rate; }) != "");
  }
  CHECK(complaint([](Config& c) { c.ota.rate = kNan; }) == must + "nan'");
}

TEST_CASE("other numbers, words and texts out of range") {
  CHECK(complaint([](Config& c) { c.concurrency = 0; }) ==
        "concurrency must be a whole number from 1 to 65536, not '0'");
  CHECK(complaint([](Config& c) { c.concurrency = std::numeric_limits<unsigned>::max(); }) != "");
  CHECK(complaint([](Config& c) { c.ota.max_per_run = 1000000001; }) != "");
  CHECK(complaint([](Config& c) { c.friendly.max_length = 0; }) != "");
  CHECK(complaint([](Config& c) { c.friendly.max_length = 256; }) != "");
  CHECK(complaint([](Config& c) { c.ota.mode = static_cast<OtaMode>(7); }) ==
        "ota.mode must be check_only or check_and_update, not '7'");
  CHECK(complaint([](Config& c) { c.ota.stage = static_cast<OtaStage>(-1); }) ==
        "ota.stage must be stable or beta, not '-1'");
  CHECK(complaint([](Config& c) { c.logging.format = static_cast<stage3::LogFormat>(2); }) ==
        "logging.format must be text or json, not '2'");
  CHECK(complaint([](Config& c) { c.ip_state_file.clear(); }) ==
        "ip_state_file must be a file's path, not empty, not ''");
  CHECK(complaint([](Config& c) { c.ip_state_file.push_back('\0'); }) != "");
  CHECK(complaint([](Config& c) { c.logging.base_path = std::string(1, '\0'); }) != "");
  CHECK(complaint([](Config& c) { c.report.language = static_cast<Language>(7); }) ==
        "report.language must be en or de, not '7'");
  CHECK(complaint([](Config& c) { c.auth.secrets_file = std::string(1, '\0'); }) != "");
  CHECK(complaint([](Config& c) { c.friendly.field_name.clear(); }) != "");
  CHECK(complaint([](Config& c) { c.friendly.field_name = "stage3"; }) != "");
  CHECK(complaint([](Config& c) { c.friendly.field_name.push_back('\0'); }) != "");
}

TEST_CASE("a member is refused in the words in which its text is") {
  CHECK(set_complaint("concurrency", "0") == complaint([](Config& c) { c.concurrency = 0; }));
  CHECK(set_complaint("ota.timeout", "0") == complaint([](Config& c) { c.ota.timeout = 0us; }));
  CHECK(set_complaint("ota.rate", "2000000") == complaint([](Config& c) { c.ota.rate = 2e6; }));
  CHECK(set_complaint("ip_state_file", "") == complaint([](Config& c) { c.ip_state_file = ""; }));
  CHECK(set_complaint("friendly.field_name", "ip") ==
        complaint([](Config& c) { c.friendly.field_name = "ip"; }));
}
