// A run that blocks, as a script or cron wants it: Ctrl-C ends it early, and what it has found is
// saved either way.
#include <csignal>
#include <exception>
#include <iostream>
#include <stage3/error.hpp>
#include <stage3/runner.hpp>
#include <stage3/state_store.hpp>

namespace {

stage3::Runner* the_runner = nullptr;  // for the signal handler

void on_interrupt(int) {
  the_runner->cancel();
}

// What a device says about itself must not reach a terminal as it is.
void print(const stage3::DeviceResult& result) {
  std::cout << result.device.mac.to_string() << ' ' << to_string(result.outcome);
  for (const auto& error : result.errors)
    std::cout << " | " << stage3::escape(error.text);
  std::cout << '\n';
}

/// Returns whether the run came to its end.
bool work(stage3::Runner& runner) {
  the_runner = &runner;
  std::signal(SIGINT, on_interrupt);
  try {
    runner.work();
  } catch (const stage3::Error& error) {
    std::cerr << error.what() << '\n';
  }
  std::signal(SIGINT, SIG_DFL);
  return !runner.cancelled();
}

void save(stage3::StateStore& store) {
  const auto report = store.save();
  for (const auto& notice : report.notices)
    std::cerr << notice << '\n';
  for (const auto& key : report.vanished)
    std::cerr << "not recorded, no longer in the state file: " << stage3::escape(key) << '\n';
}

}  // namespace

int main() try {
  const auto config = stage3::Config::load("data/config.yaml");
  auto store = stage3::StateStore::load(config.ip_state_file, config.friendly.field_name);
  const auto lock = stage3::RunLock::acquire(store.path());
  store.check_writable();

  stage3::Callbacks callbacks;
  callbacks.on_result = [&store](const stage3::DeviceResult& result) {
    print(result);
    store.record(result);
  };
  stage3::Runner runner(config, callbacks);
  runner.add(store.devices());
  const bool finished = work(runner);
  save(store);
  return finished ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
