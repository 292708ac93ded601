#pragma once

#include <doctest/doctest.h>
#include <stage3/device_probe.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "../../shelly/shelly.hpp"

namespace stage3 {

using shelly::kCheck;
using shelly::kConfig;
using shelly::kInfo;
using shelly::kSetName;
using shelly::kStatus;
using shelly::kUpdate;

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// An entry that wants to be called "Neu".
inline Device a_device() {
  Device device;
  device.key = "a8:03:2a:be:54:dc";
  device.mac = *Mac::parse("A8032ABE54DC");
  device.address = *Address::parse("192.168.1.35");
  device.wanted_name = {WantedName::Kind::text, "Neu"};
  return device;
}

inline Device named(std::string name) {
  Device device = a_device();
  device.wanted_name.text = std::move(name);
  return device;
}

/// The configuration's defaults, but updates are installed.
inline Policy updating() {
  Policy policy;
  policy.config.ota.mode = OtaMode::check_and_update;
  return policy;
}

inline Policy naming_only() {
  Policy policy;
  policy.config.ota.enabled = false;
  return policy;
}

inline Policy ota_only() {
  Policy policy = updating();
  policy.config.friendly.enabled = false;
  return policy;
}

inline Policy with_password(Policy policy, std::string password = "secret") {
  policy.password_source = [password](const Mac&, std::string_view) { return password; };
  return policy;
}

/// How long the device has run, in seconds: long.
constexpr int kUptime = 86400;

constexpr const char* kId = "shellyplus1-a8032abe54dc";

inline std::string a_challenge(const std::string& nonce = "642dabce",
                               const std::string& more = "") {
  return shelly::challenge(kId, nonce, shelly::kSha256 + more);
}

/// An answer to Shelly.GetDeviceInfo; `more` are members to put behind: `"name":"Neu"`.
inline std::string info(const std::string& more = R"("name":"Alt")") {
  shelly::Device device;
  device.tells_name = false;
  device.more = more;
  return shelly::device_info(device);
}

/// That of another device.
inline std::string info_of(const std::string& mac) {
  shelly::Device device;
  device.mac = mac;
  return shelly::device_info(device);
}

/// The same of a device with this firmware.
inline std::string info_with(const std::string& version, const std::string& fw_id,
                             std::optional<bool> auth_en = std::nullopt) {
  shelly::Device device;
  device.version = version;
  device.fw_id = fw_id;
  device.auth_en = auth_en;
  return shelly::device_info(device);
}

/// An answer to Sys.GetConfig; `name` is JSON.
inline std::string sys_config(const std::string& name, const std::string& mac = "A8032ABE54DC") {
  shelly::Device device;
  device.mac = mac;
  device.name = name;
  return shelly::sys_config(device);
}

inline std::string offer(const std::string& version) {
  return shelly::offers(version);
}

/// Plays the world to one probe: feeds it literal events and looks at the next action.
class Talk {
 public:
  explicit Talk(Policy policy = {}, Device device = a_device(), Moment now = {})
      : policy_(std::move(policy)),
        probe_(policy_, std::move(device)),
        action_(probe_.on(Started{{}, now})) {}
  Talk(const Talk&) = delete;
  Talk& operator=(const Talk&) = delete;

  void ping(bool alive) {
    REQUIRE(std::holds_alternative<Ping>(action_));
    CHECK(std::get<Ping>(action_).timeout == policy_.config.timeouts.ping);
    action_ = probe_.on(Pinged{alive});
  }

  Call expect_call(const std::string& target, const std::string& body) {
    CAPTURE(target);
    CAPTURE(probe_.result().error_text());
    const auto* call = std::get_if<Call>(&action_);
    REQUIRE(call != nullptr);
    REQUIRE(call->target == target);
    CHECK(call->body == body);
    return *call;
  }
  Call expect_get(const std::string& target) { return expect_call(target, ""); }

  /// The call asked for, whichever it is.
  Call call() const {
    const auto* call = std::get_if<Call>(&action_);
    REQUIRE(call != nullptr);
    return *call;
  }

  void answer(int status, std::string_view body = {}) {
    Reply reply;
    reply.status = status;
    reply.body = body;
    feed(reply);
  }
  /// The call asked for, answered well.
  void get(const std::string& target, std::string_view body) {
    expect_get(target);
    answer(200, body);
  }

  void fails(Cause cause, int status = 0) {
    Reply reply;
    reply.status = status;
    reply.failure = cause;
    feed(reply);
  }

  /// What a device answers by TLS that has this key.
  void answer_by_tls(const KeyHash& key, int status, std::string_view body = {}) {
    Reply reply;
    reply.status = status;
    reply.body = body;
    reply.key = key;
    feed(reply);
  }
  /// Whoever is there has another key than the one that is wanted.
  void has_key(const KeyHash& key) {
    Reply reply;
    reply.failure = Cause::tls_key;
    reply.key = key;
    reply.unsent = true;
    feed(reply);
  }
  void reply(const Reply& reply) { feed(reply); }
  void redirects(std::string_view location, int status = 302) {
    Reply reply;
    reply.status = status;
    reply.location = location;
    feed(reply);
  }

  /// A 401 with a challenge, "" for none.
  void challenges(const std::string& challenge = a_challenge()) {
    Reply reply;
    reply.status = 401;
    if (!challenge.empty()) reply.challenges.push_back(challenge);
    feed(reply);
  }
  /// The call with a login; returns the login's value of `field`, which has no blanks.
  std::string expect_login(const std::string& target, const std::string& body = "") {
    const Call call = expect_call(target, body);
    CHECK(call.authorization.rfind("Digest username=\"admin\", realm=\"" + std::string(kId) + "\"",
                                   0) == 0);
    return call.authorization;
  }
  void get_with_login(const std::string& target, std::string_view body) {
    expect_login(target);
    answer(200, body);
  }
  /// The call, challenged, and answered well with a login.
  void get_by_login(const std::string& target, std::string_view body) {
    CHECK(expect_get(target).authorization == "");
    challenges();
    get_with_login(target, body);
  }

  /// Expects the pause before a repetition and lets it pass.
  void pause() {
    const auto* wait = std::get_if<Wait>(&action_);
    REQUIRE(wait != nullptr);
    CHECK(wait->time >= std::chrono::milliseconds(50));
    CHECK(wait->time <= std::chrono::milliseconds(500));
    action_ = probe_.on(Waited{});
  }
  /// Expects the pause for a full table of nonces and lets it pass.
  void back_off() {
    const auto* wait = std::get_if<Wait>(&action_);
    REQUIRE(wait != nullptr);
    CHECK(wait->time >= std::chrono::milliseconds(2200));
    CHECK(wait->time <= std::chrono::milliseconds(3000));
    action_ = probe_.on(Waited{});
  }

  void permit(bool yes, const std::string& version = "1.7.5") {
    const auto* permit = std::get_if<Permit>(&action_);
    REQUIRE(permit != nullptr);
    CHECK(permit->version == version);
    action_ = probe_.on(Granted{yes});
  }

  /// From the permit to the last look at who is there.
  void go_to_last_look(const std::string& version = "1.7.5") {
    permit(true, version);
    get(kStatus, shelly::sys_status(kUptime));
  }

  /// All that comes between the permit and the call that writes: one place to change when more is
  /// asked there.
  void allow_update(const std::string& identity = info(), const std::string& version = "1.7.5") {
    go_to_last_look(version);
    get(kInfo, identity);
  }

  const DeviceResult& done() {
    CAPTURE(probe_.result().error_text());
    if (const auto* call = std::get_if<Call>(&action_)) FAIL("calls " << call->target);
    REQUIRE(std::holds_alternative<Done>(action_));
    return probe_.result();
  }

  void feed(const Reply& reply) { action_ = probe_.on(reply); }
  template <class Event>
  void disturb(const Event& event) {
    action_ = probe_.on(event);
  }

  /// The device is there and its GetDeviceInfo is `body`.
  void identified(const std::string& body = info()) {
    ping(true);
    get(kInfo, body);
  }

  DeviceProbe& probe() { return probe_; }
  const Action& action() const { return action_; }

 private:
  Policy policy_;
  DeviceProbe probe_;
  Action action_;
};

}  // namespace stage3
