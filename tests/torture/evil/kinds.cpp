// What evil devices do, a function each.

#include "kinds.hpp"

#include <algorithm>
#include <utility>

#include "answers.hpp"
#include "device.hpp"

namespace evil {

namespace {

using End = Script::End;

constexpr std::size_t kBlock = 16 * 1024;
constexpr std::size_t kNearlyTooMuch = 30'000;  // what a client that bounds bodies may still take

std::string repeat(std::string_view text, std::size_t size) {
  std::string out;
  while (out.size() < size)
    out += text;
  return out;
}

Script only(std::string bytes, End end = End::close) {
  Script script;
  script.bytes = std::move(bytes);
  script.end = end;
  return script;
}

Script harmless(const Exchange& exchange) {
  Script script = only(good_answer(exchange));
  script.delay = exchange.settings.latency;
  return script;
}

// --- Without end

Script flood(std::string begin, std::string_view endless) {
  Script script = only(std::move(begin));
  script.endless = endless;
  return script;
}

Script endless_body(const Exchange&) {
  static const std::string text(kBlock, 'a');
  return flood(head(200) + "\r\n{\"name\":\"", text);
}

Script endless_chunks(const Exchange&) {
  static const std::string chunk = "4000\r\n" + std::string(0x4000, ' ') + "\r\n";
  return flood(head(200, "Transfer-Encoding: chunked\r\n") + "\r\n", chunk);
}

Script endless_headers(const Exchange&) {
  static const std::string fields = repeat("X-Evil: " + std::string(90, 'h') + "\r\n", kBlock);
  return flood(head(200), fields);
}

Script one_header(const Exchange&) {
  static const std::string text(kBlock, 'h');
  return flood(head(200) + "X-Evil: ", text);
}

Script flood_of_1xx(const Exchange&) {
  static const std::string answers = repeat("HTTP/1.1 100 Continue\r\n\r\n", kBlock);
  return flood({}, answers);
}

// --- Slow, or not at all

Script drip(const Exchange& exchange) {
  Script script = only(good_answer(exchange));
  script.drip = exchange.settings.drip;
  return script;
}

Script half_open(const Exchange&) {
  return only({}, End::hold);
}

/// As much as is allowed, and then nothing: costs the client memory for as long as it waits.
Script hoard(const Exchange&) {
  return only(head(200, repeat("X-Evil: " + std::string(90, 'h') + "\r\n", 14'000)) +
                  "\r\n{\"name\":\"" + std::string(kNearlyTooMuch, 'a'),
              End::hold);
}

Script reset(const Exchange& exchange) {
  std::string bytes = good_answer(exchange);
  bytes.resize(bytes.size() * (exchange.device.number % 4) / 4);
  return only(std::move(bytes), End::reset);
}

Script early_close(const Exchange& exchange) {
  std::string bytes = good_answer(exchange);
  const Device& device = exchange.device;
  const std::size_t size = bytes.size();
  bytes.resize(device.of >= size ? device.number % size : device.number * size / device.of);
  return only(std::move(bytes));
}

// --- Bombs

Script gzip_content(const Exchange& exchange) {
  return only(answer(200, exchange.settings.bomb, "Content-Encoding: gzip\r\n"));
}

Script gzip_transfer(const Exchange& exchange) {
  return only(head(200, "Transfer-Encoding: gzip\r\nConnection: close\r\n") + "\r\n" +
              exchange.settings.bomb);
}

Script depth_bomb(const Exchange& exchange) {
  const char* const levels[] = {"[", "{\"a\":", "[{\"name\":"};
  return only(answer(200, repeat(levels[exchange.device.number % 3], kNearlyTooMuch)));
}

Script number_bomb(const Exchange& exchange) {
  const std::string zeros(kNearlyTooMuch / 2, '0');
  const std::string numbers[] = {
      "1" + zeros,
      "1." + zeros + "1",
      "-0." + zeros + "1e-2147483648",
      "1e-" + std::string(kNearlyTooMuch / 2, '9'),
      "1.0000000000e-2147483648",
      "0.1e-2147483647",
      "1e2147483648",
  };
  // Wherever a reader looks.
  const std::string& number = numbers[exchange.device.number % std::size(numbers)];
  return only(answer(200, "{\"mac\":" + number + ",\"stable\":" + number + "}"));
}

// --- Lengths

Script with_length(const Exchange& exchange, const std::string& fields, End end = End::close) {
  return only(head(200, fields) + "\r\n" + good_body(exchange), end);
}

std::string length_field(std::size_t size) {
  return "Content-Length: " + std::to_string(size) + "\r\n";
}

Script length_too_long(const Exchange& exchange) {
  return with_length(exchange, length_field(good_body(exchange).size() + 100));
}

Script length_too_long_held(const Exchange& exchange) {
  return with_length(exchange, length_field(good_body(exchange).size() + 100), End::hold);
}

Script length_too_short(const Exchange& exchange) {
  return with_length(exchange, length_field(good_body(exchange).size() / 2));
}

Script length_absurd(const Exchange& exchange) {
  const char* const fields[] = {"Content-Length: -1\r\n", "Content-Length: 1x\r\n",
                                "Content-Length: 5, 5\r\n"};
  return with_length(exchange, fields[exchange.device.number % std::size(fields)]);
}

Script length_twice(const Exchange& exchange) {
  return with_length(exchange, length_field(good_body(exchange).size()) + length_field(5));
}

Script late_bytes(const Exchange& exchange) {
  const std::string body = good_body(exchange);
  Script script = only(answer(200, body, "Connection: keep-alive\r\n"), End::hold);
  script.late = answer_of_stranger(exchange);
  return script;
}

Script garbage(const Exchange& exchange) {
  static const std::string bytes = [] {
    std::string out;
    for (unsigned i = 0, x = 1; i < kNearlyTooMuch; ++i, x = x * 1103515245 + 12345)
      out += static_cast<char>(x >> 16);
    return out;
  }();
  return exchange.device.number % 2 == 0 ? only(bytes) : only(answer(200, bytes));
}

// --- Elsewhere

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
  return redirect(exchange, "file://" + exchange.settings.files + "/" + exchange.device.mac);
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

// --- Challenges

Script challenge(Device& device, const std::string& fields) {
  ++device.challenges;
  return only(answer(401, {}, fields + "Connection: close\r\n"));
}

std::string digest(const std::string& realm, const std::string& rest) {
  return "WWW-Authenticate: Digest qop=\"auth\", realm=\"" + realm + "\", nonce=\"1694692867\"" +
         rest + "\r\n";
}

constexpr const char* kSha256 = ", algorithm=SHA-256";
constexpr const char* kBasic = "WWW-Authenticate: Basic realm=\"Shelly\"\r\n";

std::string own_id(const Exchange& exchange) {
  return id_of(exchange.device.mac);
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
  const std::string realms[] = {"shellyplus1-5a5a5a5a5a5a", "", exchange.device.mac,
                                own_id(exchange) + " "};
  return challenge(exchange.device,
                   digest(realms[exchange.device.number % std::size(realms)], kSha256));
}

/// The right one is among them: a client that picks must not pick another, one that tries all must
/// not.
Script several(const Exchange& exchange) {
  const std::string right = digest(own_id(exchange), kSha256);
  const std::string wrong = digest(own_id(exchange), ", algorithm=MD5");
  const std::string fields[] = {wrong + right, right + wrong, kBasic + wrong,
                                "WWW-Authenticate: Basic realm=\"x\", " + right.substr(18)};
  return challenge(exchange.device, fields[exchange.device.number % std::size(fields)]);
}

Script stranger_with_login(const Exchange& exchange) {
  Device& device = exchange.device;
  device.is_stranger = device.calls >= device.argument;
  if (!device.is_stranger) return only(good_answer(exchange));
  if (exchange.rpc == "Shelly.GetDeviceInfo") return only(answer_of_stranger(exchange));
  return challenge(device, digest("shellyplus1-5a5a5a5a5a5a", kSha256));
}

/// Means well, and wants a login: what must be answered, or the counting would prove nothing.
Script login(const Exchange& exchange) {
  exchange.device.says_auth_en = true;
  if (exchange.rpc == "Shelly.GetDeviceInfo" || !exchange.authorization.empty())
    return only(good_answer(exchange));
  return challenge(exchange.device, digest(own_id(exchange), kSha256));
}

const std::pair<std::string_view, Kind> kKinds[] = {
    {"harmless", harmless},
    {"endless-body", endless_body},
    {"endless-chunks", endless_chunks},
    {"endless-headers", endless_headers},
    {"one-header", one_header},
    {"1xx-flood", flood_of_1xx},
    {"drip", drip},
    {"half-open", half_open},
    {"hoard", hoard},
    {"reset", reset},
    {"early-close", early_close},
    {"gzip-content", gzip_content},
    {"gzip-transfer", gzip_transfer},
    {"depth-bomb", depth_bomb},
    {"number-bomb", number_bomb},
    {"length-too-long", length_too_long},
    {"length-too-long-held", length_too_long_held},
    {"length-too-short", length_too_short},
    {"length-absurd", length_absurd},
    {"length-twice", length_twice},
    {"late-bytes", late_bytes},
    {"garbage", garbage},
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

}  // namespace

Kind find_kind(std::string_view name) {
  for (const auto& [known, kind] : kKinds)
    if (known == name) return kind;
  return nullptr;
}

std::vector<std::string> kind_names() {
  std::vector<std::string> out;
  for (const auto& [name, kind] : kKinds)
    out.emplace_back(name);
  return out;
}

}  // namespace evil
