#include "options.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <optional>

namespace sim {
namespace {

constexpr std::uint32_t kMaxDevices = 100000;

std::string check_base(const std::string& text) {
  const auto address = parse_loopback(text);
  return address && *address != 0 ? "" : "must be an address in 127.0.0.0/8";
}

std::string check_mac(const std::string& text) {
  return parse_mac(text) ? "" : "must be 12 hexadecimal digits";
}

}  // namespace

Options parse_options(int argc, char** argv) {
  Options options;
  std::optional<std::uint32_t> devices;
  std::string base = address_text({options.fleet.base, 0});
  std::string mac_base = mac_text(options.fleet.mac_base);

  CLI::App app(
      "stage3-sim: a fleet of simulated Shelly devices, each at an "
      "address of its own in 127/8.\n"
      "Prints \"stage3-sim: ready port=P devices=N\" once it listens; "
      "ends on SIGTERM, on SIGINT\n"
      "or after its lifetime. docs/simulator.md is the reference of "
      "the scenario file.",
      "stage3-sim");
  app.add_option("--devices", devices,
                 "made-up devices (default: 1, or 0 with --captures); captured "
                 "ones come on top")
      ->check(CLI::Range(0U, kMaxDevices));
  app.add_option("--base", base, "address of the first device, the others follow")
      ->check(CLI::Validator(check_base, "127.x.y.z"))
      ->capture_default_str();
  app.add_option("--mac-base", mac_base, "MAC of the first made-up device, the others follow")
      ->check(CLI::Validator(check_mac, "MAC"))
      ->capture_default_str();
  app.add_option("--port", options.port, "port of all devices; 0: a free one")
      ->capture_default_str();
  app.add_option("--tls-port", options.tls_port,
                 "HTTPS port of all devices that speak it; 0: a free one")
      ->capture_default_str();
  app.add_option("--scenario", options.scenario, "what the devices are and do (JSON)");
  app.add_option("--captures", options.captures, "directory of captured devices to replay");
  app.add_option("--write-state", options.state, "write the matching ip_state.json");
  app.add_flag("--wrapped", options.wraps_state, "write it with version and \"devices\"");
  app.add_option("--write-ca", options.ca, "write the CA of the devices that have one (PEM)");
  app.add_option("--write-keys", options.keys,
                 "write the pin of each device that speaks HTTPS (JSON)");
  app.add_option("--log", options.log, "log every request (JSON lines)");
  app.add_option("--summary", options.summary, "write totals at the end (JSON)");
  app.add_option("--lifetime", options.lifetime, "end by itself after so many seconds")
      ->check(CLI::Range(0.1, 1e6))
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::exit(app.exit(error) == 0 ? 0 : 2);
  }
  options.fleet.devices = devices.value_or(options.captures.empty() ? 1 : 0);
  options.fleet.base = *parse_loopback(base);
  options.fleet.mac_base = *parse_mac(mac_base);
  return options;
}

}  // namespace sim
