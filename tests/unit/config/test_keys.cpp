#include "config/keys.hpp"

#include <doctest/doctest.h>

using namespace stage3::config;
using stage3::Config;

TEST_CASE("keys are found by their full name only") {
  REQUIRE(find_key("ota.mode") != nullptr);
  CHECK(find_key("ota.mode")->name == "ota.mode");
  for (const char* name : {"", "ota", "mode", "ota.", "ota.mode.", "OTA.mode", "stage3.ota.mode"}) {
    CAPTURE(name);
    CHECK(find_key(name) == nullptr);
  }
}

TEST_CASE("sections are what has keys below it") {
  for (const char* name :
       {"ota", "friendly", "timeouts", "network", "logging", "report", "metrics", "auth"}) {
    CAPTURE(name);
    CHECK(is_section(name));
  }
  for (const char* name : {"", "ot", "enabled", "ota.mode", "ota.", "stage3"}) {
    CAPTURE(name);
    CHECK_FALSE(is_section(name));
  }
}

TEST_CASE("an unknown key gets the nearest one suggested") {
  CHECK(unknown_key("logging.file").message ==
        "unknown key 'logging.file'; there is logging.base_path, logging.format");
  CHECK(unknown_key("auth.password").message ==
        "unknown key 'auth.password'; there is auth.secrets_file");
  CHECK(unknown_key("timeouts.5").message ==
        "unknown key 'timeouts.5'; there is timeouts.ping, timeouts.reach, timeouts.rpc, "
        "timeouts.tls");
  CHECK(unknown_key("network.interface").message ==
        "unknown key 'network.interface'; there is network.connect_rate, network.tls, "
        "network.tls_ca");
  // At the top, or in a section that is none: nobody has to look elsewhere for what there is.
  for (const std::string name : {"dry_run", "user", "x.1234567"}) {
    CHECK(unknown_key(name).message ==
          "unknown key '" + name +
              "'; there is enabled, ip_state_file, concurrency, ota, friendly, timeouts, network, "
              "logging, report, metrics, auth");
  }
  CHECK(unknown_key("ota.mod").message == "unknown key 'ota.mod', did you mean 'ota.mode'?");
  CHECK(unknown_key("oat").message == "unknown key 'oat', did you mean 'ota'?");
  CHECK(unknown_key("mode").message == "unknown key 'mode', did you mean 'ota.mode'?");
  CHECK(unknown_key("enable").message == "unknown key 'enable', did you mean 'enabled'?");
  CHECK(unknown_key("timeout").message == "unknown key 'timeout', did you mean 'timeouts'?");
  CHECK(unknown_key("friendly.fieldname").message ==
        "unknown key 'friendly.fieldname', did you mean 'friendly.field_name'?");
  CHECK(unknown_key("ota.backfill").message ==
        "unknown key 'ota.backfill', did you mean 'friendly.backfill'?");
  CHECK(unknown_key("freindly.enabled").message ==
        "unknown key 'freindly.enabled', did you mean 'friendly.enabled'?");
  CHECK(unknown_key("log\x1b[2Jging").message ==
        "unknown key 'log\\x1b[2Jging', did you mean 'logging'?");
}

TEST_CASE("quotes make a text") {
  Config config;
  CHECK_THROWS_AS(apply(*find_key("concurrency"), {"8", true}, config), Refusal);
  CHECK(config.concurrency == 256);
  apply(*find_key("concurrency"), {"8", false}, config);
  CHECK(config.concurrency == 8);
  apply(*find_key("ota.mode"), {"check_and_update", true}, config);
  CHECK(config.ota.mode == stage3::OtaMode::check_and_update);
}
