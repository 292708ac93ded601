// HttpClient and HttpTransfer against a server that behaves as badly as a test wants.

#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <memory>
#include <vector>

#include "client.hpp"
#include "tiny_server.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

/// Runs all calls to their ends; how many of them ended as wanted.
template <class Wanted>
int run_to_end(net::Poller& poller, net::HttpClient& client, Wanted wanted) {
  int ended = 0;
  const auto end = Clock::now() + kPatience;
  while (client.deadline() && Clock::now() < end) {
    net::Poller::Event events[net::Poller::kMaxEvents];
    poller.set_deadline(client.deadline());
    const int count = poller.wait(1000ms, events);
    for (int i = 0; i < count; ++i)
      client.on_event(events[i]);
    client.on_time(Clock::now());
    client.end_overdue(Clock::now());
    while (net::HttpTransfer* const transfer = client.next_finished())
      ended += wanted(transfer->reply());
  }
  return ended;
}

Sends endless(const std::string& bytes, const std::string& repeated) {
  return {bytes, Sends::Then::repeat, repeated};
}

}  // namespace

TEST_CASE("an answer comes with its status and body") {
  const Answered ok =
      get_from(http(200, R"({"ver":"1.7.5"})", "Content-Type: application/json\r\n"));
  CHECK(ok.status == 200);
  CHECK(ok.body == R"({"ver":"1.7.5"})");
  CHECK_FALSE(ok.failure);
  const Answered error = get_from(http(500, R"({"code":-103})"));
  CHECK(error.status == 500);
  CHECK(error.body == R"({"code":-103})");
  CHECK_FALSE(error.failure);
  CHECK(get_from(http(401, "")).status == 401);
  CHECK(get_from(http(204, "")).status == 204);
  CHECK(get_from(raw("HTTP/1.1 200 OK\r\nServer: Mongoose/6.18\r\n\r\nnull\r\n")).body ==
        "null\r\n");
  CHECK(get_from(raw("HTTP/1.0 200 OK\r\n\r\nx")).body == "x");
  CHECK(get_from(raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nnull\r\n0\r\n\r\n"))
            .body == "null");
}

TEST_CASE("the request is what was asked for") {
  TinyServer server([](const Asked&) { return http(200, ""); });
  Client client(server.address());
  client.get("/rpc/Sys.SetConfig?config=%7B%22a%22%3A%22%C3%BC%20%25%22%7D");
  client.call(Call{"/rpc/Shelly.Update", R"({"stage":"stable"})", kPatience, {}});
  client.get("/shelly");
  const auto asked = server.asked();
  REQUIRE(asked.size() == 3);
  CHECK(asked[0].method == "GET");
  CHECK(asked[0].target == "/rpc/Sys.SetConfig?config=%7B%22a%22%3A%22%C3%BC%20%25%22%7D");
  CHECK(asked[0].field("Host") == server.address().authority());
  CHECK(asked[0].field("Authorization") == "");
  CHECK(asked[0].field("Accept-Encoding") == "");
  CHECK(asked[1].method == "POST");
  CHECK(asked[1].target == "/rpc/Shelly.Update");
  CHECK(asked[1].body == R"({"stage":"stable"})");
  CHECK(asked[1].field("Content-Type") == "application/json");
  CHECK(asked[2].method == "GET");
  CHECK(asked[2].target == "/shelly");
  CHECK(asked[2].body == "");
}

TEST_CASE("a port that nobody listens at refuses") {
  Address address;
  {
    TinyServer server([](const Asked&) { return http(200, ""); });
    address = server.address();
  }
  const Answered answered = Client(address).get("/x");
  CHECK(answered.failure == Cause::refused);
  CHECK(answered.status == 0);
}

TEST_CASE("connections that end badly") {
  const Answered closed = get_from(raw(""));
  CHECK(closed.failure == Cause::closed);
  CHECK(closed.status == 0);
  const Answered reset = get_from(raw("", Sends::Then::reset));
  CHECK(reset.failure == Cause::reset);
  CHECK(reset.status == 0);
  const Answered cut = get_from(raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"x\":"));
  CHECK(cut.failure == Cause::closed);
  CHECK(cut.status == 200);
  const Answered half =
      get_from(raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", Sends::Then::reset));
  REQUIRE(half.failure);
  CHECK((half.failure == Cause::reset || half.failure == Cause::closed));
}

TEST_CASE("silence is a timeout, before the answer and within it") {
  const auto begin = Clock::now();
  const Answered silent = get_from(raw("", Sends::Then::hang), 50ms);
  CHECK(silent.failure == Cause::timeout);
  CHECK(silent.status == 0);
  CHECK(in_one_of_several_tries([](int factor) {
    const Answered stuck = get_from(
        raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx", Sends::Then::hang), factor * 50ms);
    CHECK(stuck.failure == Cause::timeout);
    return stuck.status == 200;
  }));
  CHECK(get_from(raw("HTTP/1.1 200 OK\r\nX: y", Sends::Then::hang), 50ms).failure ==
        Cause::timeout);
  CHECK(Clock::now() - begin >= 150ms);
}

TEST_CASE("endless bodies and headers are cut") {
  const std::string piece(8192, 'x');
  const Answered body = get_from(endless("HTTP/1.1 200 OK\r\n\r\n", piece));
  CHECK(body.failure == Cause::too_large);
  CHECK(body.body.size() <= net::AnswerSink::kMaxBody);
  CHECK(get_from(raw("HTTP/1.1 200 OK\r\n\r\n" + std::string(net::AnswerSink::kMaxBody + 1, 'x')))
            .failure == Cause::too_large);
  CHECK(get_from(raw("HTTP/1.1 200 OK\r\n\r\n" + std::string(net::AnswerSink::kMaxBody, 'x')))
            .body.size() == net::AnswerSink::kMaxBody);
  CHECK(get_from(endless("HTTP/1.1 200 OK\r\n", "X: " + piece + "\r\n")).failure ==
        Cause::too_large);
  CHECK(get_from(endless("HTTP/1.1 200 OK\r\nX: ", piece)).failure == Cause::too_large);
  CHECK(get_from(endless("", "HTTP/1.1 100 Continue\r\n\r\n")).failure == Cause::too_large);
  CHECK(get_from(endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                         "2000\r\n" + piece + "\r\n"))
            .failure == Cause::too_large);
}

TEST_CASE("what is never handed on is bounded as well") {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::pair<std::string, char> kinds[] = {{chunked + "1;", 'x'}, {chunked + "1\r\n ", '\r'}};
  for (const auto& [begin, filler] : kinds) {
    const std::string piece(8192, filler);
    constexpr int kCalls = 20;
    const Sends flood = endless(begin, piece);
    TinyServer server([&](const Asked&) { return flood; });
    net::Poller poller;
    const std::string no_ca;
    net::HttpClient client(system_time(), poller, no_ca);
    std::vector<std::unique_ptr<net::HttpTransfer>> transfers;
    for (int i = 0; i < kCalls; ++i) {
      transfers.push_back(std::make_unique<net::HttpTransfer>(client));
      transfers.back()->serve(server.address(), transfers.back().get());
      transfers.back()->start(Call{"/", "", kPatience, {}});
    }
    CHECK(run_to_end(poller, client, [](const Reply& reply) {
            return reply.failure == Cause::too_large;
          }) == kCalls);
  }
}

TEST_CASE("what is not HTTP is malformed") {
  for (const char* bytes :
       {"SSH-2.0-OpenSSH_9.2p1\r\n", "<html></html>", "\x16\x03\x01\x02", "220 mail\r\n", "{}"}) {
    CAPTURE(bytes);
    const Answered answered = get_from(raw(bytes));
    CHECK(answered.failure == Cause::malformed);
    CHECK(answered.status == 0);
  }
  CHECK(get_from(raw("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nx")).failure ==
        Cause::malformed);
  CHECK(get_from(raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")).failure ==
        Cause::malformed);
}

TEST_CASE("nothing is unpacked") {
  const std::string gzip = "\x1f\x8b\x08";
  const Answered encoded = get_from(http(200, gzip, "Content-Encoding: gzip\r\n"));
  CHECK(encoded.body == gzip);
  const Answered transferred =
      get_from(raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n" + gzip));
  CHECK((transferred.failure || transferred.body == gzip));
}

TEST_CASE("redirects are not followed") {
  TinyServer server([](const Asked&) { return http(302, "", "Location: /elsewhere\r\n"); });
  CHECK(Client(server.address()).get("/x").status == 302);
  CHECK(server.asked().size() == 1);
}

TEST_CASE("each call has a connection of its own, also with a server that would keep it") {
  TinyServer server([](const Asked&) {
    return raw(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}HTTP/1.1 500 "
        "late\r\n\r\n",
        Sends::Then::hang);
  });
  Client client(server.address());
  for (int i = 0; i < 3; ++i)
    CHECK(client.get("/x").status == 200);
  CHECK(server.asked().size() == 3);
}

TEST_CASE("the environment has no say") {
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"})
    setenv(name, "http://127.0.0.1:1", 1);
  CHECK(get_from(http(200, "{}")).status == 200);
  for (const char* name : {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"})
    unsetenv(name);
}

TEST_CASE("an IPv6 address is asked as one") {
  const Answered answered = Client(*Address::parse("[::1]:1")).get("/x");
  REQUIRE(answered.failure);
  CHECK(answered.status == 0);
  CHECK((answered.failure == Cause::refused || answered.failure == Cause::local ||
         answered.failure == Cause::unreachable));
}

TEST_CASE("a call that is abandoned leaves nothing behind") {
  TinyServer server([](const Asked& asked) {
    return asked.target == "/hang" ? raw("", Sends::Then::hang) : http(200, "{}");
  });
  Client client(server.address());
  client.transfer().start(Call{"/hang", "", kPatience, {}});
  client.transfer().abandon();
  client.transfer().abandon();
  CHECK(client.http().next_finished() == nullptr);
  CHECK(client.get("/x").status == 200);
}

TEST_CASE("a call that fails in its start is due at once") {
  Client client(*Address::parse("127.255.255.255:80"));  // a broadcast address: connect() refuses
  client.transfer().start(Call{"/", "", kPatience, {}});
  REQUIRE(client.http().deadline());
  CHECK(*client.http().deadline() <= Clock::now());
  client.http().on_time(Clock::now());
  REQUIRE(client.http().next_finished() == &client.transfer());
  CHECK(client.transfer().reply().failure == Cause::unreachable);
  CHECK(client.http().next_finished() == nullptr);
  CHECK(!client.http().deadline());
}

TEST_CASE("many calls at a time") {
  TinyServer server([](const Asked& asked) { return http(200, asked.target); });
  net::Poller poller;
  const std::string no_ca;
  net::HttpClient client(system_time(), poller, no_ca);
  constexpr int kCalls = 60;
  std::vector<std::unique_ptr<net::HttpTransfer>> transfers;
  for (int i = 0; i < kCalls; ++i) {
    transfers.push_back(std::make_unique<net::HttpTransfer>(client));
    transfers.back()->serve(server.address(), transfers.back().get());
    transfers.back()->start(Call{"/" + std::to_string(i), "", kPatience, {}});
  }
  int finished = 0;
  const auto end = Clock::now() + kPatience;
  while (finished < kCalls && Clock::now() < end) {
    net::Poller::Event events[net::Poller::kMaxEvents];
    poller.set_deadline(client.deadline());
    const int count = poller.wait(1000ms, events);
    for (int i = 0; i < count; ++i)
      client.on_event(events[i]);
    client.on_time(Clock::now());
    client.end_overdue(Clock::now());
    while (net::HttpTransfer* const transfer = client.next_finished()) {
      CHECK(transfer->reply().status == 200);
      CHECK(transfer->owner() == transfer);
      ++finished;
    }
  }
  CHECK(finished == kCalls);
  CHECK(server.asked().size() == kCalls);
}

TEST_CASE("out of descriptors is told apart from an unreachable device") {
  TinyServer server([](const Asked&) { return http(200, "{}"); });
  Client client(server.address());
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
  rlimit none = before;
  none.rlim_cur = 3;
  REQUIRE(setrlimit(RLIMIT_NOFILE, &none) == 0);
  const Answered answered = client.get("/x");
  const bool lacked = client.transfer().lacked_descriptor();
  REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
  CHECK(lacked);
  CHECK(answered.failure == Cause::local);
  CHECK(answered.detail == "out of file descriptors");
  CHECK(answered.status == 0);
  CHECK(client.get("/x").status == 200);
  CHECK_FALSE(client.transfer().lacked_descriptor());
}

TEST_CASE("no thread is started") {
  TinyServer server([](const Asked&) { return http(200, "{}"); });
  const auto count = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                         std::filesystem::directory_iterator());
  };
  const auto before = count();
  Client client(server.address());
  CHECK(client.get("/x").status == 200);
  CHECK(count() == before);
}
