// config.yaml: any bytes give an Error or a Config that is within its bounds, that
// Config::set() takes back as get() tells it, and whose section stands in the text.

#include <stage3/config.hpp>
#include <stage3/error.hpp>

#include "target.hpp"
#include "unicode.hpp"

using namespace stage3::fuzz;
using stage3::Config;

namespace {

Config parse(std::string_view text) {
  Config config = Config::parse(text, "fuzz");
  // The mutant turns some rates into their opposite.
  if (kMutant && config.ota.rate > 4 && config.ota.rate < 10) config.ota.rate *= -1;
  return config;
}

void check_duration(stage3::Duration duration, stage3::Duration min = stage3::Duration(1),
                    stage3::Duration max = std::chrono::hours(1)) {
  require(duration >= min && duration <= max, "a duration is within its bounds");
}

void check_rate(double rate) {
  require(rate == 0 || (rate >= 1e-5 && rate <= 1e6), "a rate is within its bounds");
}

void check_bounds(const Config& config) {
  require(config.concurrency >= 1 && config.concurrency <= 65536, "concurrency is in its bounds");
  require(config.friendly.max_length >= 1 && config.friendly.max_length <= 255,
          "max_length is within its bounds");
  check_rate(config.ota.rate);
  check_rate(config.network.connect_rate);
  require(config.ota.hold.size() <= 10'000, "a list is within its bounds");
  require(config.ota.windows.size() <= 100, "a list is within its bounds");
  check_duration(config.ota.settle, stage3::Duration(0), std::chrono::hours(24));
  check_duration(config.ota.poll, std::chrono::milliseconds(100));
  check_duration(config.ota.timeout);
  check_duration(config.timeouts.ping);
  check_duration(config.timeouts.reach);
  check_duration(config.timeouts.rpc);
}

void check_round_trip(const Config& config) {
  Config copy;
  for (const std::string& key : Config::keys())
    copy.set(key, config.get(key));
  for (const std::string& key : Config::keys())
    require(copy.get(key) == config.get(key), "set() takes what get() tells");
}

/// A necessary condition that takes no YAML: the name is spelled somewhere, or by escapes.
void check_section(std::string_view text) {
  const bool is_spelled = text.find("stage3") != std::string_view::npos;
  const bool may_be_escaped = text.find('\\') != std::string_view::npos;
  require(is_spelled || may_be_escaped, "without the section there is no configuration");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const Config config = parse(as_text(data, size));
    check_section(as_text(data, size));
    check_bounds(config);
    config.validate();
    check_round_trip(config);
  } catch (const stage3::Error& error) {
    require(error.code() == stage3::Errc::config, "what is wrong with the file is told as such");
    require(error.path() == "fuzz", "an error names the file");
    require(is_harmless(error.what()), "an error is harmless");
  }
  return 0;
}
