// Asks all devices of a state file, as data/config.yaml says, and records what it finds.
#include <exception>
#include <iostream>
#include <stage3/job.hpp>
#include <stage3/text.hpp>

int main() try {
  stage3::JobCallbacks callbacks;
  callbacks.on_result = [](const stage3::DeviceResult& result) {
    std::cout << stage3::escape(result.device.key) << ' ' << to_string(result.outcome) << '\n';
  };
  stage3::run("data/config.yaml", callbacks);
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
