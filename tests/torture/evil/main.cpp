// torture-evil: thousands of devices that mean no good, on one wildcard socket, an address in 127/8
// each. What they do is in floods.cpp, bodies.cpp and strangers.cpp; what is done with them in
// tests/torture/README.md.

#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "../command_line/command_line.hpp"
#include "../serving/server.hpp"
#include "device.hpp"

namespace evil {
namespace {

struct Options {
  std::vector<std::string> specs;
  std::string base = "127.32.0.1";
  std::string report;
  std::string bomb;
  std::size_t flood_limit = 0;
  double lifetime = 600;
  bool tls = false;
  Settings settings;
};

void add_options(torture::CommandLine& line, Options& options) {
  line.argument(
      "SPEC", options.specs,
      "KIND[=N][@WHERE]*COUNT: so many devices that do this, at this RPC (or `later`: at all "
      "but the first; or a number: at that step of the conversation), the addresses "
      "follow each other");
  line.option("--base", options.base, "the first address");
  line.option("--report", options.report,
              "at the end a JSON object a device is written there, after one of the trap");
  line.option("--bomb", options.bomb, "file of bytes that unfold when unpacked");
  line.option("--files", options.settings.files, "directory that redirects to file:// lead to");
  line.option("--drip", options.settings.drip, "seconds between two bytes of a drip");
  line.option("--latency", options.settings.latency, "seconds that a harmless device takes");
  line.option("--flood-limit", options.flood_limit,
              "bytes after which a flood ends, for clients that take all");
  line.flag("--tls", options.tls, "TLS is spoken, and nothing else");
  line.option("--lifetime", options.lifetime, "seconds after which this ends by itself");
}

std::string read_file(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  if (out.str().empty()) throw std::runtime_error("cannot read " + path);
  return out.str();
}

void serve(Options& options) {
  if (!options.bomb.empty()) options.settings.bomb = read_file(options.bomb);
  Fleet fleet(options.specs, serving::read_address(options.base), options.settings);
  serving::Server server([&fleet](std::uint32_t address) { return fleet.find(address); },
                         options.tls, options.flood_limit);
  options.settings.trap_port = server.trap_port();
  std::printf("torture-evil: ready port=%u devices=%zu\n", server.port(), fleet.size());
  std::fflush(stdout);
  server.run(options.lifetime);
  if (!options.report.empty()) fleet.report(options.report, server.trapped());
}

}  // namespace
}  // namespace evil

int main(int argc, char** argv) {
  torture::CommandLine line("Devices that mean no good");
  evil::Options options;
  evil::add_options(line, options);
  if (const auto status = line.parse(argc, argv)) return *status;
  try {
    evil::serve(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "torture-evil: %s\n", error.what());
    return 2;
  }
}
