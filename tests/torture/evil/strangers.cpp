// Devices that send elsewhere, turn into another one, or ask for a login; and those that mean well.

#include <iterator>

#include "answers.hpp"
#include "device.hpp"
#include "kinds.hpp"

namespace evil {

namespace {

Script harmless(const Exchange& exchange) {
  Script script = only(good_answer(exchange));
  script.delay = exchange.settings.latency;
  return script;
}

Script redirect(const Exchange& exchange, const std::string& location) {
  const int statuses[] = {301, 302, 303, 307, 308};
  return only(answer(statuses[exchange.device.number % std::size(statuses)], {},
                     "Location: " + location + "\r\n"));
}

std::string trap(const Exchange& exchange) {
  return "127.99.0.1:" + std::to_string(exchange.settings.trap_port) + "/rpc/" + exchange.rpc;
}

Script redirect_http(const Exchange& exchange) {
  return redirect(exchange, "http://" + trap(exchange));
}

Script redirect_https(const Exchange& exchange) {
  return redirect(exchange, "https://" + trap(exchange));
}

Script redirect_file(const Exchange& exchange) {
  return redirect(exchange, "file://" + exchange.settings.files + "/" + exchange.device.self.mac);
}

/// Another device from the nth call on.
Script swapped(const Exchange& exchange) {
  Device& device = exchange.device;
  device.is_stranger = device.calls >= device.argument;
  return only(device.is_stranger ? answer_of_stranger(exchange) : good_answer(exchange));
}

Script status_429(const Exchange&) {
  return only(answer(429, {}));
}

Script challenge(Device& device, const std::string& fields) {
  ++device.challenges;
  return only(answer(401, {}, fields + "Connection: close\r\n"));
}

std::string digest(const std::string& realm, const std::string& rest) {
  return "WWW-Authenticate: " + shelly::challenge(realm, "1694692867", rest) + "\r\n";
}

constexpr const char* kBasic = "WWW-Authenticate: Basic realm=\"Shelly\"\r\n";

std::string own_id(const Exchange& exchange) {
  return shelly::id_of(exchange.device.self.mac);
}

Script basic(const Exchange& exchange) {
  return challenge(exchange.device, kBasic);
}

Script md5(const Exchange& exchange) {
  return challenge(
      exchange.device,
      digest(own_id(exchange), exchange.device.number % 2 == 0 ? ", algorithm=MD5" : ""));
}

Script ntlm(const Exchange& exchange) {
  return challenge(exchange.device, "WWW-Authenticate: NTLM\r\n");
}

Script negotiate(const Exchange& exchange) {
  return challenge(exchange.device, "WWW-Authenticate: Negotiate\r\n");
}

Script wrong_realm_md5(const Exchange& exchange) {
  return challenge(exchange.device, digest("shellyplus1-5a5a5a5a5a5a", ", algorithm=MD5"));
}

Script wrong_realm(const Exchange& exchange) {
  const std::string realms[] = {"shellyplus1-5a5a5a5a5a5a", "", exchange.device.self.mac,
                                own_id(exchange) + " "};
  return challenge(exchange.device,
                   digest(realms[exchange.device.number % std::size(realms)], shelly::kSha256));
}

/// The right one is among them: a client that picks must not pick another, one that tries all must
/// not.
Script several(const Exchange& exchange) {
  const std::string right = digest(own_id(exchange), shelly::kSha256);
  const std::string wrong = digest(own_id(exchange), ", algorithm=MD5");
  const std::string fields[] = {wrong + right, right + wrong, kBasic + wrong,
                                "WWW-Authenticate: Basic realm=\"x\", " + right.substr(18)};
  return challenge(exchange.device, fields[exchange.device.number % std::size(fields)]);
}

Script stranger_with_login(const Exchange& exchange) {
  Device& device = exchange.device;
  device.is_stranger = device.calls >= device.argument;
  if (!device.is_stranger) return only(good_answer(exchange));
  if (shelly::asks_identity(exchange.rpc)) return only(answer_of_stranger(exchange));
  return challenge(device, digest("shellyplus1-5a5a5a5a5a5a", shelly::kSha256));
}

/// Means well, and wants a login: what must be answered, or the counting would prove nothing.
Script login(const Exchange& exchange) {
  exchange.device.self.auth_en = true;
  if (shelly::asks_identity(exchange.rpc) || !exchange.authorization.empty())
    return only(good_answer(exchange));
  return challenge(exchange.device, digest(own_id(exchange), shelly::kSha256));
}

}  // namespace

KindList strangers() {
  return {
      {"harmless", harmless},
      {"redirect-http", redirect_http},
      {"redirect-https", redirect_https},
      {"redirect-file", redirect_file},
      {"swapped", swapped},
      {"status-429", status_429},
      {"basic", basic},
      {"md5", md5},
      {"ntlm", ntlm},
      {"negotiate", negotiate},
      {"wrong-realm-md5", wrong_realm_md5},
      {"wrong-realm", wrong_realm},
      {"several", several},
      {"stranger-with-login", stranger_with_login},
      {"login", login},
  };
}

}  // namespace evil
