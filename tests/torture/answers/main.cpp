// torture-answers: thousands of devices on one wildcard socket, an address in 127/8 each, whose
// answers are odd, one at this call and one at that. What they are is in the odd_*.cpp and in
// attacks.cpp, what must not come to them in witness.cpp, and what is done with all that in
// tests/torture/README.md.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "../command_line/command_line.hpp"
#include "../serving/server.hpp"
#include "fleet.hpp"

namespace answers {
namespace {

struct Options {
  std::vector<std::string> specs;
  std::string base = "127.64.0.1";
  std::string list;
  std::string report;
  double lifetime = 600;
  bool tls = false;
  bool trace = false;
};

void add_options(torture::CommandLine& line, Options& options) {
  line.argument("SPEC", options.specs,
                "random=SEED[*COUNT]: the conversations of these seeds; NAME: a kind of attack, in "
                "all its variants at every call; NAME=VARIANT@CALL: one of them");
  line.option("--base", options.base, "the first address");
  line.option("--list", options.list,
              "at the start a JSON object a device is written there, its conversation and MAC");
  line.option("--report", options.report,
              "at the end a JSON object a device is written there, after one of the trap");
  line.flag("--tls", options.tls, "TLS is spoken, and nothing else");
  line.flag("--trace", options.trace, "with all that came and went");
  line.option("--lifetime", options.lifetime, "seconds after which this ends by itself");
}

void serve(const Options& options) {
  std::string trap;
  Fleet fleet(options.specs, serving::read_address(options.base), trap, options.trace);
  serving::Server server([&fleet](std::uint32_t address) { return fleet.find(address); },
                         options.tls);
  trap = "127.99.0.1:" + std::to_string(server.trap_port());
  if (!options.list.empty()) fleet.tell(options.list);
  std::printf("torture-answers: ready port=%u devices=%zu\n", server.port(), fleet.size());
  std::fflush(stdout);
  server.run(options.lifetime);
  if (!options.report.empty()) fleet.report(options.report, server.trapped());
}

}  // namespace
}  // namespace answers

int main(int argc, char** argv) {
  torture::CommandLine line("Devices whose answers are odd");
  answers::Options options;
  answers::add_options(line, options);
  if (const auto status = line.parse(argc, argv)) return *status;
  try {
    answers::serve(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "torture-answers: %s\n", error.what());
    return 2;
  }
}
