#include <sys/stat.h>
#include <unistd.h>
#include <stage3/config.hpp>
#include <stage3/error.hpp>

#include <cstdlib>
#include <memory>

#include "../temporary_directory.hpp"
#include "error_of.hpp"

using stage3::Config;
using stage3::Duration;
using stage3::Language;
using stage3::OtaMode;
using stage3::OtaStage;
using stage3::TlsMode;
using namespace std::chrono_literals;
using namespace std::string_view_literals;

namespace {

Config parse(std::string_view yaml) {
  return Config::parse(yaml, "c.yaml");
}

/// The message of the Error(Errc::invalid_argument) that set() throws.
std::string set_error(Config& config, std::string_view key, std::string_view value) {
  try {
    config.set(key, value);
  } catch (const stage3::Error& error) {
    CHECK(error.code() == stage3::Errc::invalid_argument);
    CHECK(error.line() == 0);
    return error.what();
  }
  FAIL("no error");
  return {};
}

std::string set_error(std::string_view key, std::string_view value) {
  Config config;
  return set_error(config, key, value);
}

void check_defaults(const Config& c) {
  CHECK(c.enabled);
  CHECK(c.ip_state_file == "data/ip_state.json");
  CHECK(c.concurrency == 256);
  CHECK(c.ota.enabled);
  CHECK(c.ota.mode == OtaMode::check_only);
  CHECK(c.ota.timeout == 20s);
  CHECK(c.ota.stage == OtaStage::stable);
  CHECK(c.ota.rate == 4);
  CHECK(c.ota.max_per_run == 0);
  CHECK_FALSE(c.ota.wait);
  CHECK(c.ota.quiet == 20s);
  CHECK(c.ota.poll == 5s);
  CHECK(c.ota.deadline == 10min);
  CHECK(c.ota.settle == 0s);
  CHECK(c.ota.max_steps == 3);
  CHECK(c.ota.retry_after == 20h);
  CHECK(c.ota.max_attempts == 2);
  CHECK(c.ota.min_age == 0);
  CHECK(c.ota.hold.empty());
  CHECK(c.ota.block.empty());
  CHECK(c.ota.windows.empty());
  CHECK(c.friendly.enabled);
  CHECK(c.friendly.field_name == "friendly_name");
  CHECK_FALSE(c.friendly.backfill);
  CHECK(c.friendly.max_length == 64);
  CHECK(c.timeouts.ping == 250ms);
  CHECK(c.timeouts.reach == 1s);
  CHECK(c.timeouts.rpc == 5s);
  CHECK(c.network.connect_rate == 1000);
  CHECK(c.logging.base_path.empty());
  CHECK(c.logging.format == stage3::LogFormat::text);
  CHECK(c.report.html_file.empty());
  CHECK(c.report.language == Language::en);
  CHECK(c.metrics.textfile.empty());
  CHECK(c.auth.secrets_file.empty());
}

void check_all_changed(const Config& c) {
  CHECK_FALSE(c.enabled);
  CHECK(c.ip_state_file == "/var/lib/fleet.json");
  CHECK(c.concurrency == 65536);
  CHECK_FALSE(c.ota.enabled);
  CHECK(c.ota.mode == OtaMode::check_and_update);
  CHECK(c.ota.timeout == 2500ms);
  CHECK(c.ota.stage == OtaStage::beta);
  CHECK(c.ota.rate == 0.5);
  CHECK(c.ota.max_per_run == 1000000000);
  CHECK(c.ota.wait);
  CHECK(c.ota.quiet == 0s);
  CHECK(c.ota.poll == 100ms);
  CHECK(c.ota.deadline == 24h);
  CHECK(c.ota.settle == 30500ms);
  CHECK(c.ota.max_steps == 1);
  CHECK(c.ota.retry_after == 720h);
  CHECK(c.ota.max_attempts == 100);
  CHECK(c.ota.min_age == 3650);
  CHECK(c.ota.hold == std::vector<std::string>{"app=Plus*"});
  CHECK(c.ota.block == std::vector<std::string>{"1.7.4", "1.7.5"});
  CHECK(c.ota.windows == std::vector<std::string>{"02:00-05:00"});
  CHECK_FALSE(c.friendly.enabled);
  CHECK(c.friendly.field_name == "12");
  CHECK(c.friendly.backfill);
  CHECK(c.friendly.max_length == 255);
  CHECK(c.timeouts.ping == 1us);
  CHECK(c.timeouts.reach == 3600s);
  CHECK(c.timeouts.rpc == 7s);
  CHECK(c.timeouts.tls == 9s);
  CHECK(c.network.connect_rate == 0);
  CHECK(c.network.tls == TlsMode::require);
  CHECK(c.network.tls_ca == "ca.pem");
  CHECK(c.logging.base_path == "log.txt");
  CHECK(c.logging.format == stage3::LogFormat::json);
  CHECK(c.report.html_file == "fleet.html");
  CHECK(c.report.language == Language::de);
  CHECK(c.metrics.textfile == "stage3.prom");
  CHECK(c.auth.secrets_file == "secrets.yaml");
}

}  // namespace

TEST_CASE("defaults") {
  check_defaults(Config());
  for (const char* yaml :
       {"stage3:", "stage3:\n", "stage3: {}\n", "stage3: ~\n", "'stage3':\n",
        "a: 1\nstage3:\nb: 1\n", "stage3:\n  ota:\n  friendly: ~\n  timeouts: {}\n"}) {
    CAPTURE(yaml);
    check_defaults(parse(yaml));
  }
}

TEST_CASE("the runbook's example") {
  const Config c = parse(R"(
stage3:
  enabled: true

  ip_state_file: data/ip_state.json

  ota:
    enabled: true
    mode: check_and_update   # oder: check_only
    timeout: 20              # Sekunden

  friendly:
    enabled: true
    field_name: friendly_name
    backfill: false          # false => JSON ist Master

  logging:
    base_path: data/stage3_log.txt
)");
  CHECK(c.ota.mode == OtaMode::check_and_update);
  CHECK(c.logging.base_path == "data/stage3_log.txt");
  CHECK(c.concurrency == 256);
}

TEST_CASE("every key of the file") {
  check_all_changed(parse(R"(
stage3:
  enabled: off
  ip_state_file: "/var/lib/fleet.json"
  concurrency: 65536
  ota:
    {enabled: No, mode: check_and_update, timeout: 2.5, stage: 'beta', rate: 0.5, max_per_run: 1000000000,
     wait: yes, quiet: 0, poll: 0.1, deadline: 86400, settle: 30.5, max_steps: 1, retry_after: 2592000,
     max_attempts: 100, min_age: 3650, hold: [app=Plus*], block: [1.7.4, 1.7.5], windows: 02:00-05:00}
  friendly: {enabled: FALSE, field_name: 12, backfill: on, max_length: 255}
  timeouts: {ping: 0.000001, reach: 3600, rpc: 7.0, tls: 9}
  network: {connect_rate: 0, tls: require, tls_ca: ca.pem}
  logging: {base_path: log.txt, format: json}
  report: {html_file: fleet.html, language: de}
  metrics: {textfile: stage3.prom}
  auth: {secrets_file: secrets.yaml}
)"));
}

TEST_CASE("every key of set()") {
  const std::vector<std::string> values{"off",
                                        "/var/lib/fleet.json",
                                        "65536",
                                        "No",
                                        "check_and_update",
                                        "2.5",
                                        "beta",
                                        "0.5",
                                        "1000000000",
                                        "yes",
                                        "0",
                                        "0.1",
                                        "86400",
                                        "30.5",
                                        "1",
                                        "2592000",
                                        "100",
                                        "3650",
                                        "app=Plus*",
                                        "[\"1.7.4\", \"1.7.5\"]",
                                        "02:00-05:00",
                                        "FALSE",
                                        "12",
                                        "on",
                                        "255",
                                        "0.000001",
                                        "3600",
                                        "7.0",
                                        "9",
                                        "0",
                                        "require",
                                        "ca.pem",
                                        "log.txt",
                                        "json",
                                        "fleet.html",
                                        "de",
                                        "stage3.prom",
                                        "secrets.yaml"};
  const std::vector<std::string> keys = Config::keys();
  REQUIRE(keys.size() == values.size());
  Config config;
  for (std::size_t i = 0; i < keys.size(); ++i)
    config.set(keys[i], values[i]);
  check_all_changed(config);
}

TEST_CASE("keys() is in the order of the documentation") {
  CHECK(Config::keys() == std::vector<std::string>{"enabled",
                                                   "ip_state_file",
                                                   "concurrency",
                                                   "ota.enabled",
                                                   "ota.mode",
                                                   "ota.timeout",
                                                   "ota.stage",
                                                   "ota.rate",
                                                   "ota.max_per_run",
                                                   "ota.wait",
                                                   "ota.quiet",
                                                   "ota.poll",
                                                   "ota.deadline",
                                                   "ota.settle",
                                                   "ota.max_steps",
                                                   "ota.retry_after",
                                                   "ota.max_attempts",
                                                   "ota.min_age",
                                                   "ota.hold",
                                                   "ota.block",
                                                   "ota.windows",
                                                   "friendly.enabled",
                                                   "friendly.field_name",
                                                   "friendly.backfill",
                                                   "friendly.max_length",
                                                   "timeouts.ping",
                                                   "timeouts.reach",
                                                   "timeouts.rpc",
                                                   "timeouts.tls",
                                                   "network.connect_rate",
                                                   "network.tls",
                                                   "network.tls_ca",
                                                   "logging.base_path",
                                                   "logging.format",
                                                   "report.html_file",
                                                   "report.language",
                                                   "metrics.textfile",
                                                   "auth.secrets_file"});
}

TEST_CASE("a key without a blank behind its colon is told as that") {
  const std::string hint = "no blank behind the colon: write 'key: value'";
  CHECK(error_of("stage3:\n  enabled:true\n") ==
        "c.yaml:2:3: stage3 must be a mapping of keys to values: " + hint);
  CHECK(error_of("stage3:\n  ota:\n    mode:check_only\n") ==
        "c.yaml:3:5: ota must be a mapping of keys to values: " + hint);
  CHECK(error_of("stage3:\n  enabled:true\n  concurrency: 5\n") ==
        "c.yaml:2:3: stage3 must be a mapping of keys to values: " + hint);
  CHECK(error_of("stage3:\n  concurrency: 5\n  enabled:true\n") ==
        "c.yaml:3:10: not valid YAML: " + hint);
  CHECK(error_of("stage3: {enabled:true}\n") == "c.yaml:1:10: unknown key 'enabled:true': " + hint);
  CHECK(error_of("stage3: text\n") == "c.yaml:1:9: stage3 must be a mapping of keys to values");
}

TEST_CASE("unknown keys are errors with a suggestion") {
  CHECK(error_of("stage3:\n  ota:\n    mod: check_only\n") ==
        "c.yaml:3:5: unknown key 'ota.mod', did you mean 'ota.mode'?");
  CHECK(error_of("stage3:\n  otta:\n    mode: check_only\n") ==
        "c.yaml:2:3: unknown key 'otta', did you mean 'ota'?");
  CHECK(error_of("stage3:\n  enabeld: false\n") ==
        "c.yaml:2:3: unknown key 'enabeld', did you mean 'enabled'?");
  CHECK(error_of("stage3:\n  mode: check_only\n") ==
        "c.yaml:2:3: unknown key 'mode', did you mean 'ota.mode'?");
  CHECK(error_of("stage3: {ota: {ota: {mode: check_only}}}") ==
        "c.yaml:1:16: unknown key 'ota.ota'; there is ota.enabled, ota.mode, ota.timeout, "
        "ota.stage, ota.rate, ota.max_per_run, ota.wait, ota.quiet, ota.poll, ota.deadline, "
        "ota.settle, ota.max_steps, ota.retry_after, ota.max_attempts, ota.min_age, ota.hold, "
        "ota.block, ota.windows");
  CHECK(error_of("stage3: {'': 1}").rfind("c.yaml:1:10: unknown key ''; there is enabled, ", 0) ==
        0);
  CHECK(error_of("stage3: {ota.mode: check_only}") ==
        "c.yaml:1:10: 'ota.mode' is two keys: write 'mode' below 'ota'");
  CHECK(error_of("stage3: {ota.mod: check_only}") ==
        "c.yaml:1:10: unknown key 'ota.mod', did you mean 'ota.mode'?");
}

TEST_CASE("duplicate keys are errors") {
  CHECK(error_of("stage3:\n  ota: {mode: check_only}\n  ota: {mode: check_and_update}\n") ==
        "c.yaml:3:3: duplicate key 'ota', first given in line 2");
  CHECK(error_of("stage3:\n  enabled: true\n  enabled: true\n") ==
        "c.yaml:3:3: duplicate key 'enabled', first given in line 2");
  CHECK(error_of("stage3:\nother:\nstage3:\n") ==
        "c.yaml:3:1: duplicate key 'stage3', first given in line 1");
}

TEST_CASE("values must have the type of their key") {
  CHECK(error_of("stage3:\n  enabled: maybe\n") ==
        "c.yaml:2:12: enabled must be true or false, not 'maybe'");
  CHECK(error_of("stage3:\n  enabled: \"false\"\n") ==
        "c.yaml:2:12: enabled must be true or false, not the text 'false': remove the quotes");
  CHECK(error_of("stage3:\n  concurrency: 8.0\n") ==
        "c.yaml:2:16: concurrency must be a whole number from 1 to 65536, not '8.0'");
  CHECK(error_of("stage3:\n  concurrency: \"8\"\n") ==
        "c.yaml:2:16: concurrency must be a whole number from 1 to 65536, not the text '8': remove "
        "the quotes");
  CHECK(error_of("stage3: {concurrency: 0x10}") ==
        "c.yaml:1:23: concurrency must be a whole number from 1 to 65536, not '0x10': write "
        "it in decimal digits, others are not read");
  CHECK(error_of("stage3:\n  ota:\n    timeout: abc\n") ==
        "c.yaml:3:14: ota.timeout must be a number of seconds > 0 and at most 3600, not 'abc'");
  CHECK(error_of("stage3: {ota: {mode: update}}") ==
        "c.yaml:1:22: ota.mode must be check_only or check_and_update, not 'update'");
  CHECK(error_of("stage3: {ota: {stage: Stable}}") ==
        "c.yaml:1:23: ota.stage must be stable or beta, not 'Stable'");
  CHECK(error_of("stage3: {ota: true}") == "c.yaml:1:15: ota must be a mapping of keys to values");
  CHECK(error_of("stage3: {enabled: [true]}") ==
        "c.yaml:1:19: enabled must be a single value, not a list");
  CHECK(error_of("stage3: {friendly: {field_name: }}") ==
        "c.yaml:1:33: friendly.field_name has no value: give one or leave the key out");
  CHECK(error_of("stage3: {ip_state_file: !!str x}") ==
        "c.yaml:1:25: tags are not allowed in section 'stage3'");
}

TEST_CASE("values must be in range") {
  const auto refused = [](std::string_view key, std::string_view value) {
    Config config;
    set_error(config, key, value);
    check_defaults(config);
  };
  for (const char* value : {"0", "65537", "-1"})
    refused("concurrency", value);
  for (const char* key : {"ota.timeout", "timeouts.ping", "timeouts.reach", "timeouts.rpc"}) {
    for (const char* value : {"0", "0.0", "-1", "3600.001", ".inf", ".nan", "1e1"}) {
      refused(key, value);
    }
  }
  for (const char* key : {"ota.rate", "network.connect_rate"}) {
    for (const char* value : {"-1", "1000000.5", "inf", "0.0000000001", "0.0000099"})
      refused(key, value);
  }
  for (const char* value : {"1000000001", "4294967296", "1.5"})
    refused("ota.max_per_run", value);
  for (const char* value : {"0", "1025"})
    refused("friendly.max_length", value);
  for (const char* value : {"", "ip", "port", "mac", "model", "fw", "hostname", "mac_aliases",
                            "stage3", "devices", "version", "IP", "Mac_Aliases", "\xff"}) {
    refused("friendly.field_name", value);
  }
  for (const auto value : {""sv, "a\0b"sv})
    refused("ip_state_file", value);
  refused("logging.base_path", "a\0b"sv);
  refused("report.html_file", "a\0b"sv);
  for (const char* value : {"", "EN", "fr", "deutsch"})
    refused("report.language", value);
  refused("metrics.textfile", "a\0b"sv);
  refused("auth.secrets_file", "a\0b"sv);
}

TEST_CASE("the ends of the ranges are inside") {
  Config config;
  for (const char* value : {"1", "65536"})
    CHECK_NOTHROW(config.set("concurrency", value));
  for (const char* value : {"0.000001", "3600"})
    CHECK_NOTHROW(config.set("ota.timeout", value));
  for (const char* value : {"0", "0.00001", "1000000"})
    CHECK_NOTHROW(config.set("ota.rate", value));
  for (const char* value : {"ip2", "name", "i", "my ip", "Wunschname"})
    CHECK_NOTHROW(config.set("friendly.field_name", value));
  for (const char* value : {"0", "1000000000"})
    CHECK_NOTHROW(config.set("ota.max_per_run", value));
  for (const char* value : {"1", "255"})
    CHECK_NOTHROW(config.set("friendly.max_length", value));
}

TEST_CASE("set() says what is wrong and changes nothing") {
  CHECK(set_error("ota.mod", "check_only") == "unknown key 'ota.mod', did you mean 'ota.mode'?");
  CHECK(set_error("ota", "check_only") == "'ota' is a section: name one of its keys");
  CHECK(set_error("ota.mode", "") == "ota.mode must be check_only or check_and_update, not ''");
  CHECK(set_error("enabled", "1") == "enabled must be true or false, not '1'");
  CHECK(set_error("friendly.field_name", "ip") ==
        "friendly.field_name must be the name of an entry's field with the wanted name, not empty, "
        "without a NUL and none that means something else (ip, port, mac, model, fw, hostname, "
        "mac_aliases, "
        "stage3, devices, version), not 'ip'");
  CHECK(set_error("ip_state_file", "") == "ip_state_file must be a file's path, not empty, not ''");
  CHECK(set_error("ota.rate", "\x1b[2J") ==
        "ota.rate must be a number per second, 0 (no limit) or from 0.00001 to 1000000, not "
        "'\\x1b[2J'");
}

TEST_CASE("get() tells what set() takes") {
  Config config;
  for (const auto& [key, value] :
       std::map<std::string, std::string>{{"enabled", "false"},
                                          {"ip_state_file", "a b"},
                                          {"concurrency", "65536"},
                                          {"ota.mode", "check_and_update"},
                                          {"ota.stage", "beta"},
                                          {"ota.rate", "0.1"},
                                          {"network.connect_rate", "1000000"},
                                          {"timeouts.ping", "0.000001"},
                                          {"timeouts.rpc", "3600"},
                                          {"auth.secrets_file", ""}}) {
    config.set(key, value);
    CHECK(config.get(key) == value);
  }
  for (const std::string& key : Config::keys()) {
    CAPTURE(key);
    const std::string value = Config().get(key);
    Config same;
    same.set(key, value);
    CHECK(same.get(key) == value);
  }
  CHECK_THROWS_WITH_AS(config.get("ota.mod"), "unknown key 'ota.mod', did you mean 'ota.mode'?",
                       stage3::Error);
  CHECK_THROWS_AS(config.get("ota"), stage3::Error);
}

TEST_CASE("an optional path can be unset") {
  Config config = parse("stage3: {logging: {base_path: x}, auth: {secrets_file: ''}}");
  CHECK(config.logging.base_path == "x");
  CHECK(config.auth.secrets_file.empty());
  config.set("logging.base_path", "");
  CHECK(config.logging.base_path.empty());
}

TEST_CASE("messages stay short and free of control bytes") {
  const std::string message = error_of("stage3: {enabled: " + std::string(100000, 'x') + "}");
  CHECK(message ==
        "c.yaml:1:19: enabled must be true or false, not '" + std::string(60, 'x') + "...'");
  CHECK(error_of("stage3: {ota: {mode: \"a\\e\\n\"}}") ==
        "c.yaml:1:22: ota.mode must be check_only or check_and_update, not 'a\\x1b\\n'");
}

TEST_CASE("load reads a file") {
  const TemporaryDirectory directory;
  CHECK(Config::load(directory.write("c.yaml", "stage3: {concurrency: 3}")).concurrency == 3);
  const std::string empty = directory.write("empty.yaml", "");
  CHECK(config_error_of([&] { Config::load(empty); }) ==
        empty +
            ": there is no section 'stage3' in it: add the line 'stage3:' (with nothing below "
            "it, all defaults hold)");
  const std::string bad = directory.write("bad.yaml", "stage3:\n  x: 1\n");
  CHECK(config_error_of([&] {
          Config::load(bad);
        }).rfind(bad + ":2:3: unknown key 'x'; there is enabled, ", 0) == 0);
}

TEST_CASE("load says why a file cannot be read") {
  const TemporaryDirectory directory;
  const auto load_error = [&](const std::string& name) {
    const std::string path = directory.path(name);
    const std::string message = config_error_of([&] { Config::load(path); });
    const std::string start = "cannot read configuration file " + path + ": ";
    REQUIRE(message.substr(0, start.size()) == start);
    return message.substr(start.size());
  };
  CHECK(load_error("none.yaml") == "No such file or directory");
  CHECK(load_error("") == "Is a directory");
  directory.write("big.yaml", std::string((1 << 20) + 1, '\n'));
  CHECK(load_error("big.yaml") == "larger than 1048576 bytes");
  REQUIRE(mkfifo(directory.path("fifo").c_str(), 0600) == 0);
  CHECK(load_error("fifo") == "not a regular file");
}

TEST_CASE("an error about a file has its path") {
  const TemporaryDirectory directory;
  const auto path_of = [](const auto& load, const std::string& path) {
    try {
      load(path);
    } catch (const stage3::Error& error) {
      CHECK(std::string(error.what()).find(path) == std::string(error.what()).rfind(path));
      return error.path();
    }
    return std::string("loaded");
  };
  const auto config = [](const std::string& path) { Config::load(path); };
  const auto secrets = [](const std::string& path) { stage3::Secrets::load(path); };
  const std::string missing = directory.path("none.yaml");
  CHECK(path_of(config, missing) == missing);
  CHECK(path_of(secrets, missing) == missing);
  const std::string bad = directory.write("bad.yaml", "stage3: {x: 1}\nshelly: {x: 1}\n");
  CHECK(path_of(config, bad) == bad);
  REQUIRE(chmod(bad.c_str(), 0600) == 0);
  CHECK(path_of(secrets, bad) == bad);
  REQUIRE(chmod(bad.c_str(), 0666) == 0);
  CHECK(path_of(secrets, bad) == bad);
}

TEST_CASE("load says from where a relative path leads nowhere") {
  const TemporaryDirectory directory;
  const std::unique_ptr<char, void (*)(void*)> before(getcwd(nullptr, 0), std::free);
  REQUIRE(chdir(directory.path("").c_str()) == 0);
  const std::string here =
      std::unique_ptr<char, void (*)(void*)>(getcwd(nullptr, 0), std::free).get();
  const std::string missing = config_error_of([] { Config::load("data/none.yaml"); });
  const std::string secrets = config_error_of([] { stage3::Secrets::load("none.yaml"); });
  REQUIRE(chdir(before.get()) == 0);
  CHECK(missing ==
        "cannot read configuration file data/none.yaml: No such file or directory (the working "
        "directory is " +
            here + ")");
  CHECK(secrets ==
        "cannot read secrets file none.yaml: No such file or directory (the working directory is " +
            here + ")");
  CHECK(config_error_of([] { Config::load(""); }) ==
        "cannot read configuration file : the path is empty");
}
