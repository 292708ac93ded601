#include <event2/event.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <vector>

#include "captures.hpp"
#include "event_util.hpp"
#include "fleet.hpp"
#include "identities.hpp"
#include "input_error.hpp"
#include "listening.hpp"
#include "options.hpp"
#include "request_log.hpp"
#include "scenario.hpp"
#include "server.hpp"
#include "state_file.hpp"

namespace sim {
namespace {

struct FreeBase {
  void operator()(event_base* base) const { event_base_free(base); }
};
struct FreeEvent {
  void operator()(event* event) const { event_free(event); }
};
using Base = std::unique_ptr<event_base, FreeBase>;
using Event = std::unique_ptr<event, FreeEvent>;

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void stop(evutil_socket_t, short, void* base) {
  event_base_loopbreak(static_cast<event_base*>(base));
}

void flush(evutil_socket_t, short, void* log) {
  static_cast<RequestLog*>(log)->flush();
}

/// Ends the loop on SIGTERM, on SIGINT and after the lifetime; flushes the log 50 times a second.
std::vector<Event> make_housekeeping(event_base* base, double lifetime, RequestLog* log) {
  std::vector<Event> events;
  // What libevent goes back to in the end: a second signal must not cut the summary short.
  std::signal(SIGTERM, SIG_IGN);
  std::signal(SIGINT, SIG_IGN);
  events.emplace_back(evsignal_new(base, SIGTERM, &stop, base));
  events.emplace_back(evsignal_new(base, SIGINT, &stop, base));
  for (const Event& event : events)
    event_add(event.get(), nullptr);
  const timeval end = to_timeval(lifetime);
  events.emplace_back(evtimer_new(base, &stop, base));
  event_add(events.back().get(), &end);
  if (log != nullptr) {
    const timeval pause = to_timeval(0.02);
    events.emplace_back(event_new(base, -1, EV_PERSIST, &flush, log));
    event_add(events.back().get(), &pause);
  }
  return events;
}

void run(const Options& options) {
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);
  const Scenario scenario = read_scenario(options.scenario);
  std::vector<Capture> captures;
  if (!options.captures.empty()) captures = read_captures(options.captures);
  Fleet fleet(options.fleet, std::move(captures), scenario);
  std::unique_ptr<RequestLog> log;
  if (!options.log.empty()) log = std::make_unique<RequestLog>(options.log);

  const Base base(event_base_new());
  if (!base) throw InputError("cannot make an event loop");
  Identities identities;
  Server server(base.get(), fleet, identities, log.get(), scenario.seed);
  Listening listening(base.get(), [&](evutil_socket_t socket) { server.accept(socket); });
  const Ports ports = listening.open_for(fleet, {options.port, options.tls_port});
  fleet.index_endpoints();
  if (!options.state.empty()) {
    write_state_file(options.state, options.wraps_state, fleet, scenario);
  }
  if (!options.ca.empty()) identities.write_ca(options.ca);
  if (!options.keys.empty()) identities.write_keys(options.keys, fleet);
  const std::vector<Event> housekeeping =
      make_housekeeping(base.get(), options.lifetime, log.get());
  std::printf("stage3-sim: ready port=%u devices=%zu", ports.http, fleet.devices().size());
  if (ports.tls != 0) std::printf(" tls_port=%u", ports.tls);
  std::printf("\n");
  std::fflush(stdout);
  event_base_dispatch(base.get());
  if (log) log->flush();
  server.settle_fleet();
  if (!options.summary.empty()) write_summary(options.summary, server.totals(), fleet);
}

}  // namespace
}  // namespace sim

int main(int argc, char** argv) {
  const sim::Options options = sim::parse_options(argc, argv);
  try {
    sim::run(options);
  } catch (const sim::InputError& error) {
    std::fprintf(stderr, "stage3-sim: %s\n", error.what());
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stage3-sim: %s\n", error.what());
    return 1;
  }
  return 0;
}
