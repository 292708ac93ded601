// What a HttpTransfer carries of a login, and that nothing of a call outlives it.

#include "net/http_transfer.hpp"

#include <thread>

#include "client.hpp"
#include "tiny_server.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

constexpr const char* kDigest = "Digest qop=\"auth\", realm=\"x\", nonce=\"1\", algorithm=SHA-256";

std::string field_of(const char* challenge) {
  return std::string("WWW-Authenticate: ") + challenge + "\r\n";
}

}  // namespace

TEST_CASE("an authorization goes out with its own call only") {
  TinyServer server([](const Asked&) { return http(200, "{}"); });
  Client client(server.address());
  client.get("/a", "Digest username=\"admin\"");
  client.get("/b");
  client.call(Call{"/c", R"({"stage":"stable"})", kPatience, "Digest x"});
  const auto asked = server.asked();
  REQUIRE(asked.size() == 3);
  CHECK(asked[0].field("Authorization") == "Digest username=\"admin\"");
  CHECK(asked[1].field("Authorization") == "");
  CHECK(asked[2].field("Authorization") == "Digest x");
  CHECK(asked[2].field("Content-Type") == "application/json");
  CHECK(asked[2].body == R"({"stage":"stable"})");
}

TEST_CASE("a challenge comes back unanswered, whatever it is") {
  for (const char* challenge :
       {kDigest, "Digest realm=\"x\", nonce=\"1\"", "Basic realm=\"x\"", "NTLM", "Negotiate"}) {
    CAPTURE(challenge);
    TinyServer server([&](const Asked&) { return http(401, "", field_of(challenge)); });
    Client client(server.address());
    for (const char* authorization : {"", "Digest username=\"admin\""}) {
      const Answered answered = client.get("/x", authorization);
      CHECK(answered.status == 401);
      CHECK_FALSE(answered.failure);
      CHECK(answered.challenges == std::vector<std::string>{challenge});
    }
    // Also a call with a body is one request.
    client.call(Call{"/rpc/Shelly.Update", R"({"stage":"stable"})", kPatience, {}});
    const auto asked = server.asked();
    REQUIRE(asked.size() == 3);
    CHECK(asked[0].field("Authorization") == "");
    CHECK(asked[2].field("Authorization") == "");
    CHECK(asked[2].body == R"({"stage":"stable"})");
  }
}

TEST_CASE("all challenges of a 401 are there, and none of another status") {
  const std::string two = field_of("Basic realm=\"x\"") + field_of(kDigest);
  CHECK(get_from(http(401, "", two)).challenges ==
        std::vector<std::string>{"Basic realm=\"x\"", kDigest});
  CHECK(get_from(http(200, "", two)).challenges.empty());
  CHECK(get_from(http(407, "", two)).challenges.empty());
  CHECK(get_from(http(401, "", "")).challenges.empty());
}

TEST_CASE("an answer that breaks off has no challenge") {
  const std::string head = "HTTP/1.1 401 Unauthorized\r\n" + field_of(kDigest);
  for (const std::string& bytes :
       {head, head + "Broken\r\n\r\n", head + "Content-Length: 9\r\n\r\nshort",
        "HTTP/1.1  401 Unauthorized\r\n" + field_of(kDigest) + "\r\n",
        head + "X: " + std::string(net::AnswerSink::kMaxHeaders, 'x') + "\r\n\r\n"}) {
    CAPTURE(bytes.substr(0, 200));
    const Answered answered = get_from(raw(bytes));
    CHECK(answered.failure);
    CHECK(answered.challenges.empty());
  }
}

TEST_CASE("challenges of interim answers and of trailers count for nothing") {
  CHECK(get_from(raw("HTTP/1.1 100 Continue\r\n" + field_of(kDigest) +
                     "\r\nHTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"))
            .challenges.empty());
  const Answered trailed = get_from(
      raw("HTTP/1.1 401 Unauthorized\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" +
          field_of(kDigest) + "\r\n"));
  CHECK(trailed.status == 401);
  CHECK(trailed.challenges.empty());
}

TEST_CASE("a header line that begins with a blank is refused, call after call") {
  // libcurl 7.88.1 corrupts the memory of a handle that has served before.
  TinyServer server([](const Asked& asked) {
    return asked.target == "/good" ? http(200, "{}")
                                   : raw("HTTP/1.1 200 OK\r\n X: y\r\nContent-Length: 2\r\n\r\n{}");
  });
  Client client(server.address());
  for (int i = 0; i < 20; ++i) {
    CHECK(client.get("/good").body == "{}");
    CHECK(client.get("/bad").failure == Cause::malformed);
  }
}

TEST_CASE("the next device gets nothing of the last one's calls") {
  TinyServer first([](const Asked&) { return http(401, "", field_of(kDigest)); });
  TinyServer second([](const Asked&) { return http(200, "{}"); });
  Client client(first.address());
  client.get("/x", "Digest secret");
  client.transfer().serve(second.address(), &client);
  const Answered answered = client.get("/y");
  CHECK(answered.status == 200);
  CHECK(answered.challenges.empty());
  const auto asked = second.asked();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].field("Authorization") == "");
  CHECK(asked[0].field("Host") == second.address().authority());
}

TEST_CASE("an answer that arrived in time counts, however late it is looked at") {
  TinyServer server([](const Asked& asked) {
    if (asked.target == "/silent") return Sends{"", Sends::Then::hang, {}};
    return http(200, std::string(asked.target == "/large" ? 20000 : 2, 'x'));
  });
  for (const char* target : {"/small", "/large"}) {
    Client client(server.address());
    const auto begin = Clock::now();
    client.transfer().start(Call{target, "", 300ms, {}});
    // Up to the request; then this process does not look for a while, as if it was stopped.
    const auto end = begin + kPatience;
    while (server.count(target) == 0 && Clock::now() < end)
      client.turn();
    REQUIRE(server.count(target) == 1);
    server.settle();
    std::this_thread::sleep_until(begin + 600ms);
    while (client.http().end_overdue(Clock::now())) {
    }
    REQUIRE(client.http().next_finished() == &client.transfer());
    CHECK(client.transfer().reply().status == 200);
    CHECK_FALSE(client.transfer().reply().failure);
  }
  Client silent(server.address());
  CHECK(silent.get("/silent", {}, 50ms).failure == Cause::timeout);
}

TEST_CASE("a call that is overdue and never stops sending is ended") {
  TinyServer server([](const Asked&) {
    return Sends{"HTTP/1.1 100 Continue\r\n\r\n", Sends::Then::repeat, "HTTP/1.1 100 C\r\n\r\n"};
  });
  Client client(server.address());
  CHECK(client.get("/x", {}, 1ms).failure);
}

TEST_CASE("a request that leaves only when its time is over gets that anew, once") {
  TinyServer server([](const Asked& asked) {
    return asked.target == "/silent" ? Sends{"", Sends::Then::hang, {}} : http(200, "{}");
  });
  for (const char* target : {"/x", "/silent"}) {
    Client client(server.address());
    client.transfer().start(Call{target, "", 200ms, {}});
    // Connected meanwhile; then this process does not look for a while, as if it was stopped.
    std::this_thread::sleep_for(400ms);
    client.turn();
    const bool answers = std::string(target) == "/x";
    const auto end = Clock::now() + kPatience;
    net::HttpTransfer* finished = nullptr;
    while (finished == nullptr && Clock::now() < end) {
      client.http().end_overdue(Clock::now());
      finished = client.http().next_finished();
      if (finished == nullptr) client.turn();
    }
    REQUIRE(finished == &client.transfer());
    CHECK(client.transfer().reply().failure.has_value() == !answers);
    CHECK(server.count(target) == 1);
  }
}

TEST_CASE("what was never sent is told") {
  Client client(*Address::parse("127.0.0.1:1"));
  CHECK(client.get("/x").failure == Cause::refused);
  CHECK(client.transfer().reply().unsent);
  TinyServer server([](const Asked&) { return Sends{"", Sends::Then::close, {}}; });
  Client other(server.address());
  CHECK(other.get("/x").failure == Cause::closed);
  CHECK_FALSE(other.transfer().reply().unsent);
}
