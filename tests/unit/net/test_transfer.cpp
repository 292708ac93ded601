// The login of a Transfer: what goes out, and how often.

#include "net/transfer.hpp"

#include <atomic>

#include "client.hpp"
#include "tiny_server.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

constexpr const char* kRealm = "shellyplus1-a8032abe54dc";

Login login(bool forget_nonce = false) {
  return Login{kRealm, "secret", forget_nonce};
}

Sends challenge(const std::string& nonce = "6f1d", const std::string& more = {}) {
  return http(401, "",
              "WWW-Authenticate: Digest qop=\"auth\", realm=\"" + std::string(kRealm) +
                  "\", nonce=\"" + nonce + "\", algorithm=SHA-256" + more + "\r\n");
}

/// Challenges requests without a login, takes every login.
Sends trusting(const Asked& asked) {
  return asked.field("Authorization").empty() ? challenge() : http(200, "{}");
}

std::size_t count_logins(const TinyServer& server) {
  std::size_t out = 0;
  for (const Asked& asked : server.asked())
    if (!asked.field("Authorization").empty()) ++out;
  return out;
}

bool holds(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a login goes out after its challenge, and then keeps its nonce") {
  TinyServer server(trusting);
  Client client(server.address());
  const Answered first = client.get("/rpc/Shelly.CheckForUpdate", login());
  CHECK(first.status == 200);
  CHECK(first.login_sent);
  CHECK(first.body == "{}");
  for (int i = 0; i < 3; ++i)
    CHECK(client.get("/rpc/Sys.SetConfig?config=%7B%7D", login()).login_sent);

  const auto asked = server.asked();
  REQUIRE(asked.size() == 5);
  CHECK(asked[0].field("Authorization") == "");
  const std::string sent = asked[1].field("Authorization");
  CHECK(sent.rfind("Digest ", 0) == 0);
  CHECK(holds(sent, "username=\"admin\""));
  CHECK(holds(sent, "realm=\"shellyplus1-a8032abe54dc\""));
  CHECK(holds(sent, "nonce=\"6f1d\""));
  CHECK(holds(sent, "uri=\"/rpc/Shelly.CheckForUpdate\""));
  CHECK(holds(sent, "algorithm=SHA-256"));
  CHECK(holds(sent, "qop=auth"));
  CHECK(holds(sent, "nc=00000001"));
  CHECK(holds(asked[2].field("Authorization"), "nc=00000002"));
  CHECK(holds(asked[2].field("Authorization"), "uri=\"/rpc/Sys.SetConfig?config=%7b%7d\""));
  CHECK(holds(asked[4].field("Authorization"), "nc=00000004"));
  for (const Asked& each : asked)
    CHECK_FALSE(holds(each.head, "secret"));
}

TEST_CASE("a call without a login sends none, and the nonce outlives it") {
  TinyServer server([](const Asked& asked) {
    return asked.target == "/open" ? http(200, "{}") : trusting(asked);
  });
  Client client(server.address());
  client.get("/a", login());
  const Answered without = client.get("/open");
  CHECK(without.status == 200);
  CHECK_FALSE(without.login_sent);
  CHECK(client.get("/c", login()).status == 200);
  const auto asked = server.asked();
  REQUIRE(asked.size() == 4);
  CHECK(asked[2].field("Authorization") == "");
  CHECK(holds(asked[3].field("Authorization"), "nonce=\"6f1d\""));
}

TEST_CASE("a challenge that came to a call without a login is not answered unseen") {
  const std::string bad =
      "WWW-Authenticate: Digest qop=\"auth\", realm=\"other\", nonce=\"1\", algorithm=MD5\r\n";
  TinyServer server([&](const Asked&) { return http(401, "", bad); });
  Client client(server.address());
  CHECK(client.get("/x").status == 401);
  const Answered answered = client.get("/x", login());
  CHECK(answered.declined != "");
  CHECK(count_logins(server) == 0);

  TinyServer turning([&](const Asked& asked) {
    return asked.target == "/bad" ? http(401, "", bad) : trusting(asked);
  });
  Client held(turning.address());
  CHECK(held.get("/a", login()).status == 200);
  CHECK(held.get("/bad").status == 401);
  CHECK(held.get("/b", login()).status == 200);
  for (const Asked& asked : turning.asked())
    CHECK_FALSE(holds(asked.field("Authorization"), "other"));
}

TEST_CASE("a login that nobody asks for is not sent") {
  TinyServer server([](const Asked&) { return http(200, "{}"); });
  const Answered answered = Client(server.address()).get("/x", login());
  CHECK(answered.status == 200);
  CHECK_FALSE(answered.login_sent);
  CHECK(count_logins(server) == 0);
}

TEST_CASE("a wrong password goes out exactly once") {
  TinyServer server([](const Asked&) { return challenge(); });
  Client client(server.address());
  const Answered answered = client.get("/x", login());
  CHECK(answered.status == 401);
  CHECK(answered.login_sent);
  CHECK_FALSE(answered.failure);
  CHECK(answered.declined == "");
  CHECK(count_logins(server) == 1);
}

TEST_CASE("a kept nonce that is no longer taken is not answered again") {
  std::atomic<bool> forgot{false};
  TinyServer server(
      [&](const Asked& asked) { return forgot ? challenge("new") : trusting(asked); });
  Client client(server.address());
  CHECK(client.get("/x", login()).status == 200);
  forgot = true;
  const Answered answered = client.get("/x", login());
  CHECK(answered.status == 401);
  CHECK(answered.login_sent);
  CHECK(count_logins(server) == 2);
}

TEST_CASE("a stale nonce is renewed once") {
  std::atomic<bool> expired{false};
  TinyServer server([&](const Asked& asked) {
    if (expired && holds(asked.field("Authorization"), "nonce=\"6f1d\""))
      return challenge("new", ", stale=true");
    return trusting(asked);
  });
  Client client(server.address());
  client.get("/x", login());
  expired = true;
  const Answered answered = client.get("/x", login());
  CHECK(answered.status == 200);
  CHECK(answered.login_sent);
  const auto asked = server.asked();
  REQUIRE(asked.size() == 4);
  CHECK(holds(asked[3].field("Authorization"), "nonce=\"new\""));

  TinyServer always([](const Asked&) { return challenge("x", ", stale=true"); });
  CHECK(Client(always.address()).get("/x", login()).status == 401);
  CHECK(count_logins(always) == 2);
}

TEST_CASE("a login can begin anew") {
  std::atomic<bool> full{false};
  TinyServer server([&](const Asked& asked) {
    if (full && holds(asked.field("Authorization"), "nonce=\"6f1d\"")) return http(429, "");
    return asked.field("Authorization").empty() ? challenge(full ? "fresh" : "6f1d")
                                                : http(200, "{}");
  });
  Client client(server.address());
  client.get("/x", login());
  full = true;
  CHECK(client.get("/x", login()).status == 429);
  const Answered again = client.get("/x", login(true));
  CHECK(again.status == 200);
  const auto asked = server.asked();
  REQUIRE(asked.size() == 5);
  CHECK(asked[3].field("Authorization") == "");
  CHECK(holds(asked[4].field("Authorization"), "nonce=\"fresh\""));
}

TEST_CASE("weaker and foreign challenges are declined, and nothing of the login is sent") {
  for (
      const char* fields :
      {"WWW-Authenticate: Basic realm=\"shellyplus1-a8032abe54dc\"\r\n",
       "WWW-Authenticate: NTLM\r\n", "WWW-Authenticate: Negotiate\r\n",
       "WWW-Authenticate: Digest qop=\"auth\", realm=\"shellyplus1-a8032abe54dc\", nonce=\"1\", "
       "algorithm=MD5\r\n",
       "WWW-Authenticate: Digest qop=\"auth\", realm=\"shellyplus1-a8032abe54dc\", nonce=\"1\"\r\n",
       "WWW-Authenticate: Digest qop=\"auth\", realm=\"other\", nonce=\"1\", algorithm=SHA-256\r\n",
       "WWW-Authenticate: Digest realm=\"shellyplus1-a8032abe54dc\", nonce=\"1\", "
       "algorithm=SHA-256\r\n",
       "WWW-Authenticate: Digest x\r\n", ""}) {
    CAPTURE(fields);
    TinyServer server([&](const Asked&) { return http(401, "", fields); });
    const Answered answered = Client(server.address()).get("/x", login());
    CHECK(answered.status == 401);
    CHECK_FALSE(answered.login_sent);
    CHECK_FALSE(answered.failure);
    CHECK(answered.declined != "");
    CHECK(server.asked().size() == 1);
    CHECK(count_logins(server) == 0);
  }
}

TEST_CASE("a redirect does not take the login along") {
  TinyServer server([](const Asked& asked) {
    return asked.field("Authorization").empty()
               ? challenge()
               : http(302, "", "Location: http://127.0.0.1:1/\r\n");
  });
  CHECK(Client(server.address()).get("/x", login()).status == 302);
  CHECK(server.asked().size() == 2);
}

TEST_CASE("a 401 with a body does not mix with the answer") {
  TinyServer server([](const Asked& asked) {
    if (!asked.field("Authorization").empty()) return http(200, "{}");
    Sends sends = challenge();
    sends.bytes.replace(sends.bytes.find("Content-Length: 0"), 17, "Content-Length: 9");
    sends.bytes += "forbidden";
    return sends;
  });
  CHECK(Client(server.address()).get("/x", login()).body == "{}");
}

TEST_CASE("a login that gets no answer has no status") {
  TinyServer server([](const Asked& asked) {
    return asked.field("Authorization").empty() ? challenge() : Sends{"", Sends::Then::close, {}};
  });
  const Answered answered = Client(server.address()).get("/x", login());
  CHECK(answered.failure == Cause::closed);
  CHECK(answered.status == 0);
  CHECK(answered.login_sent);
}

TEST_CASE("a body is sent whole, and only once, however the login goes") {
  TinyServer server(trusting);
  Client client(server.address());
  client.get("/rpc/Shelly.CheckForUpdate", login());
  CHECK(client.call(Call{"/rpc/Shelly.Update", R"({"stage":"stable"})", 10s, login()}).status ==
        200);
  CHECK(server.asked().back().body == R"({"stage":"stable"})");
  CHECK(server.asked().size() == 3);

  TinyServer first(trusting);
  CHECK(Client(first.address())
            .call(Call{"/rpc/Shelly.Update", R"({"stage":"stable"})", 10s, login()})
            .status == 200);
  CHECK(first.asked().back().body == R"({"stage":"stable"})");
  CHECK(first.asked().size() == 2);
}

TEST_CASE("a body for a device that wants no login after all arrives once") {
  TinyServer server([](const Asked&) { return http(200, "null"); });
  CHECK(Client(server.address())
            .call(Call{"/rpc/Shelly.Update", R"({"stage":"stable"})", 10s, login()})
            .status == 200);
  const auto asked = server.asked();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].body == R"({"stage":"stable"})");
}

TEST_CASE("the next device gets nothing of the last one's login") {
  TinyServer first(trusting);
  TinyServer second([](const Asked& asked) { return trusting(asked); });
  Client client(first.address());
  client.get("/x", login());
  client.transfer().serve(second.address(), &client);
  CHECK(client.get("/x", login()).status == 200);
  const auto asked = second.asked();
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].field("Authorization") == "");
  CHECK(holds(asked[1].field("Authorization"), "nc=00000001"));
}

TEST_CASE("a login is not cut short by where the last device was") {
  TinyServer first([](const Asked&) { return http(200, "{}"); });
  TinyServer second(trusting);
  Client client(first.address());
  CHECK(client.get("/rpc/Shelly.GetDeviceInfo").status == 200);
  // At another port: were libcurl to take the challenge for one of the first device's, it would see
  // a redirect, and send no login there.
  client.transfer().serve(second.address(), &client);
  const Answered answered = client.get("/rpc/Shelly.CheckForUpdate", login());
  CHECK(answered.status == 200);
  CHECK(answered.login_sent);
  CHECK(count_logins(second) == 1);
  CHECK(first.asked().size() == 1);
}
