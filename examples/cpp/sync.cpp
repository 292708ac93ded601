// A run that blocks, as a script or cron wants it: Ctrl-C ends it early, and what it has found is
// saved either way.
#include <csignal>
#include <exception>
#include <iostream>
#include <stage3/job.hpp>
#include <stage3/text.hpp>

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

}  // namespace

int main() try {
  stage3::JobCallbacks callbacks;
  callbacks.on_result = print;
  callbacks.on_notice = [](const std::string& text) { std::cerr << stage3::escape(text) << '\n'; };
  stage3::Job job(stage3::Config::load("data/config.yaml"), callbacks);

  the_runner = &job.runner();
  std::signal(SIGINT, on_interrupt);
  job.run();
  std::signal(SIGINT, SIG_DFL);
  return job.runner().cancelled() ? 1 : 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
