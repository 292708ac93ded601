#include <sys/stat.h>
#include <unistd.h>
#include <stage3/config.hpp>

#include "../temporary_directory.hpp"
#include "error_of.hpp"

using stage3::Mac;
using stage3::Secrets;
using namespace std::string_view_literals;

namespace {

const Mac kFirst = *Mac::parse("A8032ABE54DC");
const Mac kSecond = *Mac::parse("A8032ABE54DD");

Secrets parse_secrets(std::string_view yaml) {
  return Secrets::parse(yaml, "s.yaml");
}

std::string secrets_error_of(std::string_view yaml) {
  return config_error_of([&] { parse_secrets(yaml); });
}

/// A secrets file with this mode, whatever the umask is.
std::string write_with_mode(const TemporaryDirectory& directory, mode_t mode) {
  const std::string path = directory.write("s.yaml", "shelly: {password: canary}");
  REQUIRE(chmod(path.c_str(), mode) == 0);
  return path;
}

}  // namespace

TEST_CASE("a device's own password goes before the common one") {
  const Secrets secrets = parse_secrets(
      "shelly:\n"
      "  password: common\n"
      "  devices:\n"
      "    a8:03:2a:be:54:dc: {password: own}\n");
  CHECK(secrets.password_for(kFirst) == "own");
  CHECK(secrets.password_for(kSecond) == "common");
  CHECK(secrets.notices().empty());
}

TEST_CASE("without a common password others have none") {
  const Secrets secrets = parse_secrets("shelly: {devices: {A8032ABE54DC: {password: own}}}");
  CHECK(secrets.password_for(kFirst) == "own");
  CHECK_FALSE(secrets.password_for(kSecond));
}

TEST_CASE("a device without a password of its own uses the common one") {
  const Secrets secrets = parse_secrets("shelly: {password: common, devices: {A8032ABE54DC: {}}}");
  CHECK(secrets.password_for(kFirst) == "common");
}

TEST_CASE("MACs may have any usual spelling") {
  const Secrets secrets = parse_secrets(
      "shelly:\n"
      "  devices:\n"
      "    a8-03-2a-be-54-dc: {password: one}\n"
      "    'A8:03:2A:BE:54:DD': {password: two}\n"
      "    123456789012: {password: three}\n");
  CHECK(secrets.password_for(kFirst) == "one");
  CHECK(secrets.password_for(kSecond) == "two");
  CHECK(secrets.password_for(*Mac::parse("123456789012")) == "three");
}

TEST_CASE("passwords are taken as spelled") {
  const auto common = [](std::string_view yaml) {
    return parse_secrets(yaml).password_for(kFirst);
  };
  CHECK(common("shelly: {password: 0123}") == "0123");
  CHECK(common("shelly: {password: true}") == "true");
  CHECK(common("shelly: {password: 1e3}") == "1e3");
  CHECK(common("shelly: {password: 'null'}") == "null");
  CHECK(common("shelly: {password: \"a \\\"b\\\" \\u00fc\"}") == "a \"b\" ü");
  CHECK(common("shelly: {password: ' spaced '}") == " spaced ");
}

TEST_CASE("a file that gives no password is fine, but told") {
  for (const char* yaml :
       {"", "other: 1\n", "shelly:\n", "shelly: {devices: {}}\n", "Shelly: {password: x}\n"}) {
    CAPTURE(yaml);
    const Secrets secrets = parse_secrets(yaml);
    CHECK_FALSE(secrets.password_for(kFirst));
    CHECK(secrets.notices() ==
          std::vector<std::string>{"secrets file s.yaml gives no password in a section 'shelly'"});
  }
  CHECK(Secrets().notices().empty());
  CHECK_FALSE(Secrets().password_for(kFirst));
}

TEST_CASE("only the known keys") {
  CHECK(secrets_error_of("shelly:\n  pasword: canary\n") ==
        "s.yaml:2:3: unknown key, only 'password' and 'devices' are known here");
  CHECK(secrets_error_of("shelly:\n  devices:\n    A8032ABE54DC:\n      user: canary\n") ==
        "s.yaml:4:7: unknown key, only 'password' is known here");
  CHECK(secrets_error_of("shelly:\n  devices:\n    canary: {password: canary}\n") ==
        "s.yaml:3:5: not a MAC address: 12 hex digits, bare or in pairs with ':' or '-'");
  CHECK(secrets_error_of("shelly: {password: canary, password: canary}") ==
        "s.yaml:1:28: duplicate key 'password', first given in line 1");
}

TEST_CASE("a MAC given twice, in whatever spelling") {
  CHECK(secrets_error_of("shelly:\n  devices:\n    A8032ABE54DC: {password: canary}\n"
                         "    a8:03:2a:be:54:dc: {password: canary}\n") ==
        "s.yaml:4:5: this MAC was given before");
  CHECK(secrets_error_of("shelly: {devices: {A8032ABE54DC: , A8032ABE54DC: }}") ==
        "s.yaml:1:36: this MAC was given before");
}

TEST_CASE("passwords that cannot be meant") {
  CHECK(secrets_error_of("shelly: {password: ''}") ==
        "s.yaml:1:20: the password must not be empty");
  CHECK(secrets_error_of("shelly: {password: }") ==
        "s.yaml:1:20: password has no value: give one or leave the key out");
  CHECK(secrets_error_of("shelly: {password: null}") ==
        "s.yaml:1:20: password has no value: give one or leave the key out");
  CHECK(secrets_error_of("shelly: {devices: {A8032ABE54DC: {password: ~}}}") ==
        "s.yaml:1:45: devices.A8032ABE54DC.password has no value: give one or leave the key out");
  CHECK(secrets_error_of("shelly: {password: \"canary\\0\"}") ==
        "s.yaml:1:20: NUL characters are not allowed in section 'shelly'");
  for (const char* control : {"\\n", "\\e", "\\x7f", "\\N"}) {
    CAPTURE(control);
    CHECK(secrets_error_of("shelly: {password: \"canary" + std::string(control) + "\"}") ==
          "s.yaml:1:20: the password must not hold control characters");
  }
  CHECK(secrets_error_of("shelly:\n  password: |\n    canary\n") ==
        "s.yaml:2:13: the password must not hold control characters");
}

TEST_CASE("no message quotes anything of the file") {
  for (const auto yaml : {"canary"sv,
                          "[canary]"sv,
                          "shelly: canary"sv,
                          "shelly: [canary]"sv,
                          "shelly: {canary}"sv,
                          "shelly: {canary: canary}"sv,
                          "shelly: {password: [canary]}"sv,
                          "shelly: {password: {canary: x}}"sv,
                          "shelly: {password: &canary x}"sv,
                          "shelly: {password: *canary}"sv,
                          "shelly: {password: !canary x}"sv,
                          "shelly: {password: !canary!x canary}"sv,
                          "shelly: {password: canary: canary}"sv,
                          "shelly: {password: 'canary"sv,
                          "shelly: {password: \"canary\\z\"}"sv,
                          "shelly: {password: canary\xff}"sv,
                          "shelly: {password: canary\x01}"sv,
                          "shelly: {password: @canary}"sv,
                          "shelly: {password: %canary}"sv,
                          "shelly: {password: canary\0}"sv,
                          "shelly: {devices: canary}"sv,
                          "shelly: {devices: {canary: canary}}"sv,
                          "shelly: {devices: {A8032ABE54DC: canary}}"sv,
                          "shelly: {devices: {A8032ABE54DC: {canary: canary}}}"sv,
                          "shelly: {<<: *canary}"sv,
                          "shelly: {? [canary] : canary}"sv,
                          "%canary\n---\n%YAML canary\n"sv,
                          "%YAML 9.9canary\n--- x\n"sv,
                          "shelly: {password: canary"sv}) {
    CAPTURE(yaml);
    const std::string message = secrets_error_of(yaml);
    CHECK(message.find("canary") == std::string::npos);
    CHECK(message.substr(0, 7) == "s.yaml:");
  }
}

TEST_CASE("the file's mode") {
  const TemporaryDirectory directory;
  const std::string path = directory.path("s.yaml");
  for (const mode_t mode : {0600U, 0400U, 0700U}) {
    const Secrets secrets = Secrets::load(write_with_mode(directory, mode));
    CHECK(secrets.password_for(kFirst) == "canary");
    CHECK(secrets.notices().empty());
    REQUIRE(chmod(path.c_str(), 0600) == 0);
  }
  for (const mode_t mode : {0640U, 0604U, 0644U}) {
    const Secrets secrets = Secrets::load(write_with_mode(directory, mode));
    CHECK(secrets.password_for(kFirst) == "canary");
    CHECK(secrets.notices() ==
          std::vector<std::string>{"secrets file " + path + " may be read by others: chmod 600"});
  }
  for (const mode_t mode : {0602U, 0620U, 0660U, 0666U, 0777U}) {
    write_with_mode(directory, mode);
    CHECK(config_error_of([&] { Secrets::load(path); }) ==
          "secrets file " + path + " may be written by others: chmod 600");
  }
}

// Only root can give files away.
TEST_CASE("the file's owner" * doctest::skip(geteuid() != 0)) {
  constexpr uid_t kUser = 12345;
  constexpr uid_t kStranger = 12346;
  const TemporaryDirectory directory;
  const std::string path = write_with_mode(directory, 0600);
  const auto give = [&](uid_t file, uid_t folder) {
    REQUIRE(chown(path.c_str(), file, gid_t(-1)) == 0);
    REQUIRE(chown(directory.path("").c_str(), folder, gid_t(-1)) == 0);
  };
  const auto error = [&] { return config_error_of([&] { Secrets::load(path); }); };
  const std::string refusal = "secrets file " + path +
                              " belongs to another user (12346), who could change it: chown it to "
                              "root or to yourself";

  for (const auto& [file, folder] :
       {std::pair<uid_t, uid_t>{0, 0}, {0, kUser}, {kUser, kUser}, {0, kStranger}}) {
    give(file, folder);
    CHECK(Secrets::load(path).password_for(kFirst) == "canary");
  }
  give(kStranger, kUser);
  CHECK(error() == refusal);
  give(kStranger, 0);
  CHECK(error() == refusal);

  SUBCASE("of a process that is not root's") {
    REQUIRE(chmod(path.c_str(), 0644) == 0);
    REQUIRE(chmod(directory.path("").c_str(), 0755) == 0);
    give(kStranger, kStranger);
    REQUIRE(seteuid(kUser) == 0);
    const std::string of_a_stranger = error();
    REQUIRE(seteuid(0) == 0);
    CHECK(of_a_stranger == refusal);
    give(kUser, 0);
    REQUIRE(seteuid(kUser) == 0);
    const auto own = Secrets::load(path).password_for(kFirst);
    REQUIRE(seteuid(0) == 0);
    CHECK(own == "canary");
  }
  SUBCASE("of what a link leads to, not of the link") {
    const std::string link = directory.path("link.yaml");
    REQUIRE(symlink(path.c_str(), link.c_str()) == 0);
    CHECK(config_error_of([&] { Secrets::load(link); }).find("(12346)") != std::string::npos);
    give(0, 0);
    REQUIRE(lchown(link.c_str(), kStranger, gid_t(-1)) == 0);
    CHECK(Secrets::load(link).password_for(kFirst) == "canary");
  }
}

TEST_CASE("a file that cannot be read") {
  const TemporaryDirectory directory;
  const std::string path = directory.path("none.yaml");
  CHECK(config_error_of([&] { Secrets::load(path); }) ==
        "cannot read secrets file " + path + ": No such file or directory");
  const std::string bad = directory.write("bad.yaml", "shelly:\n  - x\n");
  CHECK(config_error_of([&] { Secrets::load(bad); }) ==
        bad + ":2:3: shelly must be a mapping of keys to values");
}
