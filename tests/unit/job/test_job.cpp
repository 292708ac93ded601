#include <doctest/doctest.h>

#include <stage3/error.hpp>
#include <stage3/job.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <thread>

#include "../run/fleet.hpp"
#include "../temporary_directory.hpp"

using namespace stage3;

namespace {

/// A fleet with its state file.
struct Site {
  explicit Site(std::size_t count) : server(healthy, count) {
    std::string entries;
    for (std::size_t host = 0; host < count; ++host) {
      entries += (host == 0 ? "{" : ",\n ") + ("\"" + mac_of(host)) + "\": {\"ip\": \"" +
                 server.address(host).to_string() + "\"}";
    }
    config = quick();
    config.ip_state_file = directory.write("s.json", entries + "}\n");
    config.friendly.enabled = false;
  }

  std::string text() const {
    std::ifstream file(config.ip_state_file);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::size_t count_recorded() const {
    const std::string all = text();
    std::size_t count = 0;
    for (std::size_t at = 0; (at = all.find("\"ota_status\"", at)) != std::string::npos; ++at)
      ++count;
    return count;
  }

  TinyServer server;
  TemporaryDirectory directory;
  Config config;
};

Errc code_of(const Config& config, const JobOptions& options = {}) {
  try {
    Job(config, JobCallbacks(), options);
  } catch (const Error& error) {
    return error.code();
  }
  return Errc{-1};
}

JobCallbacks counting(std::atomic<std::size_t>& count) {
  JobCallbacks callbacks;
  callbacks.on_result = [&count](const DeviceResult&) { ++count; };
  return callbacks;
}

}  // namespace

TEST_CASE("a job asks the fleet of its file and records it") {
  Site site(20);
  std::atomic<std::size_t> results{0};
  Job job(site.config, counting(results));
  CHECK(job.devices().size() == 20);
  CHECK(job.store() != nullptr);
  job.run();
  CHECK(results == 20);
  CHECK(job.runner().summary().ok == 20);
  CHECK(site.count_recorded() == 20);
}

TEST_CASE("a result is recorded before the caller sees it") {
  Site site(1);
  std::size_t recorded = 0;
  std::optional<Job> job;
  JobCallbacks callbacks;
  callbacks.on_result = [&](const DeviceResult&) {
    // As the last one, which makes a save due.
    recorded = job->save_is_due() ? 1 : 0;
    job->save_if_due();
  };
  job.emplace(site.config, callbacks);
  job->runner().work();
  CHECK(site.count_recorded() == recorded);
  job->finish();
  CHECK(site.count_recorded() == 1);
}

TEST_CASE("what prevents a run is thrown before anything is sent") {
  Site site(2);
  const std::string before = site.text();
  {
    const Job holder(site.config, {});
    CHECK(code_of(site.config) == Errc::locked);
    JobOptions dry;
    dry.dry_run = true;
    CHECK(code_of(site.config, dry) == Errc{-1});
  }
  JobOptions nowhere;
  nowhere.addresses = {"127.9.9.9"};
  CHECK(code_of(site.config, nowhere) == Errc::invalid_argument);
  Config bad = site.config;
  bad.ota.timeout = std::chrono::seconds(0);
  CHECK(code_of(bad) != Errc{-1});
  bad = site.config;
  bad.auth.secrets_file = site.directory.path("no-secrets.yaml");
  CHECK(code_of(bad) == Errc::config);
  site.directory.write("s.json", "{");
  CHECK(code_of(site.config) == Errc::state_read);
  CHECK(site.server.asked().empty());
  site.directory.write("s.json", before);
  CHECK(code_of(site.config) == Errc{-1});
}

TEST_CASE("the file is named once where no device of it is meant, and not for what is no address") {
  const Site site(1);
  const auto error_of = [&](const JobOptions& options) {
    try {
      const Job job(site.config, {}, options);
    } catch (const stage3::Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  JobOptions options;
  options.selection = Selection::parse({"name=zzz"});
  CHECK(error_of(options) == site.config.ip_state_file + ": no device is selected by 'name=zzz'");
  options.selection = {};
  options.addresses = {"127.9.9.9"};
  CHECK(error_of(options) == site.config.ip_state_file + ": no device has the address '127.9.9.9'");
  for (const char* text : {"host", "10.0.0.1-9", "A8032A000001", "10.0.0.1:99999"}) {
    options.addresses = {"127.9.9.9", text};
    CHECK(error_of(options) == stage3::why_no_address(text));
    CHECK_THROWS_WITH_AS(Job(site.config, std::vector<Device>(), {}, options),
                         stage3::why_no_address(text).c_str(), stage3::Error);
  }
}

TEST_CASE("a mistyped path leaves no lock file behind") {
  Site site(1);
  site.config.ip_state_file = site.directory.path("gone.json");
  CHECK(code_of(site.config) == Errc::state_read);
  CHECK_FALSE(std::filesystem::exists(site.config.ip_state_file + ".run.lock"));
}

TEST_CASE("a fleet in memory is asked, and nothing is locked or saved") {
  Site site(3);
  const std::string before = site.text();
  JobOptions one;
  one.addresses = {site.server.address(1).to_string()};
  std::atomic<std::size_t> results{0};
  Job job(site.config, fleet(site.server, 3), counting(results), one);
  CHECK(job.store() == nullptr);
  job.run();
  CHECK(results == 1);
  CHECK(site.text() == before);
  CHECK_FALSE(std::filesystem::exists(site.config.ip_state_file + ".run.lock"));
}

TEST_CASE("a job for what an earlier one left undone") {
  Site site(3);
  JobOptions retry;
  retry.selection = Selection::parse({Selection::kRetry});
  // Nothing is on record yet.
  CHECK(code_of(site.config, retry) == Errc::invalid_argument);
  std::string text = site.text();
  const std::size_t end = text.find("\"}", text.find(mac_of(1)));
  text.replace(end, 2, "\", \"stage3\": {\"ota_status\": \"offline\"}}");
  site.directory.write("s.json", text);
  {
    Job job(site.config, {}, retry);
    REQUIRE(job.devices().size() == 1);
    CHECK(job.devices().at(0).key == mac_of(1));
    job.run();
    CHECK(job.runner().summary().ok == 1);
  }
  CHECK(site.count_recorded() == 1);
  CHECK(code_of(site.config, retry) == Errc::invalid_argument);
  // Of those at an address.
  JobOptions both;
  both.addresses = {site.server.address(0).to_string()};
  both.selection = Selection::parse({"status=ok"});
  CHECK(code_of(site.config, both) == Errc::invalid_argument);
  both.addresses.push_back(site.server.address(1).to_string());
  CHECK(Job(site.config, {}, both).devices().size() == 1);
}

TEST_CASE("a disabled run opens nothing") {
  Site site(1);
  site.config.enabled = false;
  site.directory.write("s.json", "not even JSON");
  std::string said;
  JobCallbacks callbacks;
  callbacks.on_log = [&said](LogLevel, std::string_view text) { said += text; };
  Job job(site.config, callbacks);
  CHECK(job.devices().empty());
  job.run();
  CHECK(said == "stage 3 is disabled (enabled: false): nothing is done");
}

TEST_CASE("what a callback throws does not lose what is known") {
  Site site(10);
  std::atomic<std::size_t> results{0};
  JobCallbacks callbacks;
  callbacks.on_result = [&results](const DeviceResult&) {
    if (++results == 5) throw std::runtime_error("enough");
  };
  Job job(site.config, callbacks);
  CHECK_THROWS_WITH(job.run(), "enough");
  CHECK(site.count_recorded() >= 5);
  // The lock is let go.
  CHECK(code_of(site.config) == Errc{-1});
}

TEST_CASE("a save that fails is a notice, once; at the end it is an error, once") {
  Site site(2);
  std::vector<std::string> notices;
  JobCallbacks callbacks;
  callbacks.on_notice = [&notices](const std::string& text) { notices.push_back(text); };
  Job job(site.config, callbacks);
  job.runner().work();
  site.directory.write("s.json", "damaged meanwhile");
  job.save_if_due();
  job.save_if_due();
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].find("cannot write state file") == 0);
  CHECK_THROWS_AS(job.finish(), Error);
  job.finish();
  CHECK(site.text() == "damaged meanwhile");
}

TEST_CASE("a run whose results cannot be saved changes nothing and is stopped") {
  Site site(3);
  std::vector<std::string> notices;
  JobCallbacks callbacks;
  std::size_t writes_when_told = 0;
  const auto count_writes = [&site] { return site.server.count(kUpdate); };
  callbacks.on_notice = [&](const std::string& text) {
    notices.push_back(text);
    writes_when_told = count_writes();
  };
  const std::string before = site.text();
  const std::string obstacle = site.directory.path("s.json.stage3-tmp");
  callbacks.on_event = [&obstacle](DeviceEvent, const Device&) {
    std::filesystem::create_directory(obstacle);
  };
  site.config.ota.mode = OtaMode::check_and_update;
  site.config.ota.rate = 0.1;  // the second one's turn comes when it is told already
  Job job(site.config, callbacks);
  std::thread worker([&job] { job.runner().work(); });
  while (!job.is_stopped()) {
    job.save_if_due();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  worker.join();
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].find("cannot write state file") == 0);
  CHECK(count_writes() == writes_when_told);
  CHECK(job.runner().cancelled());
  CHECK_THROWS_AS(job.finish(), Error);
  job.finish();
  CHECK(site.text() == before);
  std::filesystem::remove(obstacle);
}

TEST_CASE("a result whose entry has become ambiguous is an error once the others are saved") {
  Site site(2);
  std::vector<std::string> notices;
  JobCallbacks callbacks;
  callbacks.on_notice = [&notices](const std::string& text) { notices.push_back(text); };
  Job job(site.config, callbacks);
  std::string text = site.text();
  text.replace(text.rfind('}'), 1, R"(, "02:00:00:00:00:00": {}})");
  site.directory.write("s.json", text);
  CHECK_THROWS_AS(job.run(), Error);
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].find("the entry " + mac_of(0) + " could be meant in more than one way") !=
        std::string::npos);
  CHECK(site.count_recorded() == 1);
  job.finish();
}

TEST_CASE("an entry that is gone is a notice") {
  Site site(2);
  std::vector<std::string> notices;
  std::optional<Job> job;
  JobCallbacks callbacks;
  callbacks.on_notice = [&](const std::string& text) {
    notices.push_back(text);
    CHECK_FALSE(job->save_is_due());  // no lock is held here
  };
  job.emplace(site.config, callbacks);
  site.directory.write("s.json", "{\"" + mac_of(1) + "\": {\"ip\": \"127.0.0.2\"}}\n");
  job->run();
  REQUIRE(notices.size() == 1);
  CHECK(notices[0].find("the entry " + mac_of(0) + " is no longer in ") == 0);
}

TEST_CASE("threads of the caller's share the devices, and one of them saves") {
  Site site(200);
  std::atomic<std::size_t> results{0};
  Job job(site.config, counting(results));
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&job] { job.runner().work(); });
  while (results < 200) {
    job.save_if_due();
    std::this_thread::yield();
  }
  for (std::thread& thread : threads)
    thread.join();
  job.save_if_due();
  CHECK(site.count_recorded() == 200);
  job.finish();
}

TEST_CASE("run() does it all") {
  Site site(4);
  const std::string path =
      site.directory.write("c.yaml", "stage3:\n  ip_state_file: " + site.config.ip_state_file +
                                         "\n  friendly: {enabled: false}\n");
  const Summary summary = run(path);
  CHECK(summary.total == 4);
  CHECK(summary.ok == 4);
  CHECK(site.count_recorded() == 4);
  CHECK_THROWS_AS(run(site.directory.path("gone.yaml")), Error);
}
