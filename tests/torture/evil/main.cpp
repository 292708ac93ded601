// torture-evil: thousands of devices that mean no good, on one wildcard socket, an address in 127/8
// each. What they do is in floods.cpp,
// bodies.cpp and strangers.cpp; what is done with them in tests/torture/README.md.

#include <arpa/inet.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "connection.hpp"

namespace evil {
namespace {

struct Options {
  std::vector<std::string> specs;
  std::string base = "127.32.0.1";
  std::string report;
  std::string bomb;
  std::size_t flood_limit = 0;
  double lifetime = 600;
  Settings settings;
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("SPEC", options.specs,
                 "KIND[=N][@RPC]*COUNT: so many devices that do this, at this RPC (or `later`: "
                 "at all but the first), the addresses follow each other")
      ->required();
  app.add_option("--base", options.base, "the first address");
  app.add_option("--report", options.report,
                 "at the end a JSON object a device is written there, after one of the trap");
  app.add_option("--bomb", options.bomb, "file of bytes that unfold when unpacked");
  app.add_option("--files", options.settings.files, "directory that redirects to file:// lead to");
  app.add_option("--drip", options.settings.drip, "seconds between two bytes of a drip");
  app.add_option("--latency", options.settings.latency, "seconds that a harmless device takes");
  app.add_option("--flood-limit", options.flood_limit,
                 "bytes after which a flood ends, for clients that take all");
  app.add_option("--lifetime", options.lifetime, "seconds after which this ends by itself");
}

using Listener = std::unique_ptr<evconnlistener, decltype(&evconnlistener_free)>;

Listener listen(event_base* base, evconnlistener_cb callback, void* context) {
  sockaddr_in any{};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_ANY);
  Listener out(
      evconnlistener_new_bind(base, callback, context, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_REUSEABLE,
                              65535, reinterpret_cast<sockaddr*>(&any), sizeof any),
      &evconnlistener_free);
  if (!out) throw std::runtime_error("cannot listen");
  return out;
}

unsigned port_of(const Listener& listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(evconnlistener_get_fd(listener.get()), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

/// Accepts for all addresses; who calls nobody's is hung up on.
struct Accepting {
  Server& server;
  Fleet& fleet;

  static void on_connection(evconnlistener*, evutil_socket_t socket, sockaddr*, int, void* self) {
    auto& accepting = *static_cast<Accepting*>(self);
    sockaddr_in local{};
    socklen_t size = sizeof local;
    getsockname(socket, reinterpret_cast<sockaddr*>(&local), &size);
    Device* const device = accepting.fleet.find(ntohl(local.sin_addr.s_addr));
    if (device == nullptr)
      evutil_closesocket(socket);
    else
      new Connection(accepting.server, *device, socket);  // deletes itself
  }
};

/// Where redirects lead: nobody has any business here.
void on_trapped(evconnlistener*, evutil_socket_t socket, sockaddr*, int, void* count) {
  ++*static_cast<unsigned*>(count);
  evutil_closesocket(socket);
}

void stop_on(event_base* base, int signal) {
  event_add(evsignal_new(
                base, signal,
                [](evutil_socket_t, short, void* of) {
                  event_base_loopbreak(static_cast<event_base*>(of));
                },
                base),
            nullptr);
}

std::string read_file(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  if (out.str().empty()) throw std::runtime_error("cannot read " + path);
  return out.str();
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void serve(Options& options) {
  in_addr base_address{};
  if (inet_pton(AF_INET, options.base.c_str(), &base_address) != 1)
    throw std::invalid_argument("--base " + options.base + ": no IPv4 address");
  raise_descriptor_limit();
  if (!options.bomb.empty()) options.settings.bomb = read_file(options.bomb);
  const std::unique_ptr<event_base, decltype(&event_base_free)> base(event_base_new(),
                                                                     &event_base_free);
  Fleet fleet(options.specs, ntohl(base_address.s_addr));
  Server server{base.get(), options.settings, options.flood_limit};
  Accepting accepting{server, fleet};
  unsigned trapped = 0;
  const Listener devices = listen(base.get(), &Accepting::on_connection, &accepting);
  const Listener trap = listen(base.get(), &on_trapped, &trapped);
  server.settings.trap_port = port_of(trap);
  stop_on(base.get(), SIGTERM);
  stop_on(base.get(), SIGINT);
  std::printf("torture-evil: ready port=%u devices=%zu\n", port_of(devices), fleet.size());
  std::fflush(stdout);
  const timeval lifetime{static_cast<time_t>(options.lifetime), 0};
  event_base_loopexit(base.get(), &lifetime);
  event_base_dispatch(base.get());
  if (!options.report.empty()) fleet.report(options.report, trapped);
}

}  // namespace
}  // namespace evil

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("Devices that mean no good");
  evil::Options options;
  evil::add_options(app, options);
  CLI11_PARSE(app, argc, argv);
  try {
    evil::serve(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "torture-evil: %s\n", error.what());
    return 2;
  }
}
