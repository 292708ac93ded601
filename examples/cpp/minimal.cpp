// Asks all devices of a state file, as data/config.yaml says, and records what it finds.
#include <exception>
#include <iostream>
#include <stage3/runner.hpp>
#include <stage3/state_store.hpp>

int main() try {
  const auto config = stage3::Config::load("data/config.yaml");
  auto store = stage3::StateStore::load(config.ip_state_file, config.friendly.field_name);
  const auto lock = stage3::RunLock::acquire(store.path());
  store.check_writable();

  stage3::Callbacks callbacks;
  callbacks.on_result = [&store](const stage3::DeviceResult& result) {
    std::cout << result.device.mac.to_string() << ' ' << to_string(result.outcome) << '\n';
    store.record(result);
  };
  stage3::Runner runner(config, callbacks);
  runner.add(store.devices());
  runner.work();
  store.save();
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
