// Updates are written down before they are sent.

#include <doctest/doctest.h>

#include <stage3/job.hpp>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <thread>

#include "../run/fleet.hpp"
#include "../temporary_directory.hpp"

using namespace stage3;
using namespace std::chrono_literals;

namespace {

/// Of an update that each device has had.
constexpr const char* kBefore =
    R"({"state": "updated", "from": "1.6.0", "to": "1.7.0", "sent_at": "2026-01-01T00:00:00Z"})";

/// A fleet whose devices see, when they are told to update, what is on record of them.
struct Updatable {
  explicit Updatable(std::size_t count)
      : server([this](const Asked& a) { return hear(a); }, count) {
    std::string entries;
    for (std::size_t host = 0; host < count; ++host) {
      entries += (host == 0 ? "{" : ",\n ") + ("\"" + mac_of(host)) + "\": {\"ip\": \"" +
                 server.address(host).to_string() + "\", \"stage3\": {\"ota\": " + kBefore + "}}";
    }
    config = updating();
    config.ip_state_file = directory.write("s.json", entries + "}\n");
    config.friendly.enabled = false;
  }

  Sends hear(const Asked& asked) {
    if (asked.target.find(kUpdate) != std::string::npos && !is_on_record(asked.host))
      ++sent_unrecorded;
    const bool is_silent =
        !unanswered.empty() && asked.target.find(unanswered) != std::string::npos;
    return is_silent ? silent(asked) : healthy(asked);
  }

  std::string text() const {
    std::ifstream file(config.ip_state_file);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  bool is_on_record(std::size_t host) const {
    const std::string all = text();
    const std::size_t begin = all.find(mac_of(host));
    const std::string entry = all.substr(begin, all.find(mac_of(host + 1), begin) - begin);
    return entry.find("\"state\": \"sent\"") != std::string::npos ||
           entry.find("\"state\":\"sent\"") != std::string::npos;
  }
  std::size_t count_on_record(std::size_t devices) const {
    std::size_t count = 0;
    for (std::size_t host = 0; host < devices; ++host)
      count += is_on_record(host) ? 1 : 0;
    return count;
  }

  std::size_t count_as_before() const {
    const std::string all = text();
    std::size_t count = 0;
    for (std::size_t at = 0;
         (at = all.find(R"("state": "updated", "from": "1.6.0")", at)) != std::string::npos; ++at)
      ++count;
    return count;
  }

  std::atomic<int> sent_unrecorded{0};
  /// A call.
  std::string unanswered;
  TemporaryDirectory directory;
  Config config;
  TinyServer server;
};

JobCallbacks deciding(UpdateDecision decision) {
  JobCallbacks callbacks;
  callbacks.on_update = [decision](const UpdateRequest&) { return decision; };
  return callbacks;
}

/// Changes are held once intents wait for a save, which is made. Where the machine is slow, only a
/// look at the file is due at first.
void hold_once_written_down(Job& job, const Updatable& fleet, std::size_t devices) {
  do {
    job.runner().hold_changes(false);
    while (!job.save_is_due())
      std::this_thread::yield();
    job.runner().hold_changes(true);
    job.save_if_due();
  } while (fleet.count_on_record(devices) == 0);
}

/// The same, by a worker of the same thread.
void step_until_written_down(Job& job, Worker& worker, const Updatable& fleet,
                             std::size_t devices) {
  do {
    job.runner().hold_changes(false);
    REQUIRE(step_until(worker, [&] { return job.save_is_due(); }));
    job.runner().hold_changes(true);
    job.save_if_due();
  } while (fleet.count_on_record(devices) == 0);
  for (int step = 0; step < 5; ++step)
    worker.step();
}

/// Steps and saves until one device was asked this, which none answers.
void step_until_silent(Job& job, Worker& worker, Updatable& fleet, const char* call) {
  fleet.unanswered = call;
  REQUIRE(step_until(worker, [&] {
    job.save_if_due();
    return fleet.server.count(call) > 0;
  }));
}

}  // namespace

TEST_CASE("each update is in the file before it leaves") {
  constexpr std::size_t kDevices = 20;
  Updatable fleet(kDevices);
  Job job(fleet.config, deciding(UpdateDecision::yes));
  job.run();
  CHECK(job.runner().summary().updates == kDevices);
  CHECK(fleet.sent_unrecorded == 0);
  CHECK(fleet.count_on_record(kDevices) == kDevices);
}

TEST_CASE("after a save that failed no update is sent in this run") {
  constexpr std::size_t kDevices = 3;
  Updatable fleet(kDevices);
  const std::string path = fleet.config.ip_state_file;
  JobCallbacks callbacks;
  std::atomic<std::size_t> held{0};
  // Only a save finds out that the file is no file; by the first result it is one again.
  std::once_flag is_away, is_back;
  callbacks.on_update = [&](const UpdateRequest&) {
    std::call_once(is_away, [&] {
      std::filesystem::rename(path, path + ".away");
      std::filesystem::create_directory(path);
    });
    return UpdateDecision::yes;
  };
  callbacks.on_result = [&](const DeviceResult& result) {
    held += result.update_held ? 1 : 0;
    std::call_once(is_back, [&] {
      std::filesystem::remove(path);
      std::filesystem::rename(path + ".away", path);
    });
  };
  Job job(fleet.config, callbacks);
  job.run();
  CHECK(fleet.server.count(kUpdate) == 0);
  CHECK(held == kDevices);
  CHECK(fleet.count_on_record(kDevices) == 0);
}

TEST_CASE("nor one that had been written down before") {
  constexpr std::size_t kDevices = 3;
  Updatable fleet(kDevices);
  const std::string path = fleet.config.ip_state_file;
  JobCallbacks callbacks = deciding(UpdateDecision::yes);
  std::size_t notices = 0;
  callbacks.on_notice = [&](std::string_view) { ++notices; };
  Job job(fleet.config, callbacks);
  std::thread worker([&] { job.runner().work(); });
  hold_once_written_down(job, fleet, kDevices);
  std::filesystem::rename(path, path + ".away");
  while (notices == 0)
    job.save_if_due();
  std::filesystem::rename(path + ".away", path);
  while (job.runner().summary().reported() < kDevices)
    job.save_if_due();
  worker.join();
  job.finish();
  CHECK(notices == 2);
  CHECK(fleet.server.count(kUpdate) == 0);
  CHECK(fleet.count_on_record(kDevices) == 0);
}

TEST_CASE("what another machine sends meanwhile is not sent again, and stays on record") {
  constexpr std::size_t kDevices = 2;
  Updatable fleet(kDevices);
  const std::string theirs =
      R"({"state": "sent", "to": "1.7.5", "sent_at": "2026-11-23T14:31:05Z"})";
  JobCallbacks callbacks;
  callbacks.on_update = [&](const UpdateRequest& request) {
    if (request.device.key == mac_of(0)) {
      std::string text = fleet.text();
      text.replace(text.find(kBefore), std::string(kBefore).size(), theirs);
      fleet.directory.write("s.json", text);
    }
    return UpdateDecision::yes;
  };
  std::string held;
  callbacks.on_result = [&](const DeviceResult& result) {
    if (result.device.key == mac_of(0)) held = result.held;
  };
  Job job(fleet.config, callbacks);
  CHECK_THROWS_WITH(job.run(), doctest::Contains("somebody else has sent its device an update"));
  CHECK(held == "it could not be written down");
  CHECK(fleet.server.count(kUpdate) == kDevices - 1);
  CHECK(fleet.sent_unrecorded == 0);
  CHECK(fleet.text().find(theirs) != std::string::npos);
}

TEST_CASE("a cancel takes back what was written down and not sent") {
  constexpr std::size_t kDevices = 3;
  Updatable fleet(kDevices);
  Job job(fleet.config, deciding(UpdateDecision::yes));
  std::thread worker([&] { job.runner().work(); });
  hold_once_written_down(job, fleet, kDevices);
  job.runner().cancel();
  worker.join();
  job.finish();
  CHECK(fleet.server.count(kUpdate) == 0);
  CHECK(fleet.count_on_record(kDevices) == 0);
}

TEST_CASE("what is undecided is on nobody's record") {
  constexpr std::size_t kDevices = 3;
  Updatable fleet(kDevices);
  std::atomic<std::size_t> asked{0};
  JobCallbacks callbacks;
  callbacks.on_update = [&](const UpdateRequest&) {
    ++asked;
    return UpdateDecision::later;
  };
  Job job(fleet.config, callbacks);
  std::thread worker([&] { job.run(); });
  while (asked < kDevices)
    std::this_thread::yield();
  CHECK(job.runner().permit(*Mac::parse(mac_of(1)), true));
  while (fleet.server.count(kUpdate) == 0)
    std::this_thread::yield();
  CHECK(fleet.is_on_record(1));
  job.runner().cancel();
  worker.join();
  CHECK(fleet.sent_unrecorded == 0);
  CHECK(fleet.count_on_record(kDevices) == 1);
}

TEST_CASE("however a job is ended, what was written down and not sent is taken back") {
  constexpr std::size_t kDevices = 3;
  bool cancels = false;
  bool frees = true;
  SUBCASE("cancelled, without its worker") {
    cancels = true;
  }
  SUBCASE("without its worker") {}
  SUBCASE("with a worker, which goes on") {
    frees = false;
  }
  Updatable fleet(kDevices);
  Job job(fleet.config, deciding(UpdateDecision::yes));
  std::optional<Worker> worker(std::in_place, job.runner());
  step_until_written_down(job, *worker, fleet, kDevices);
  CAPTURE(fleet.text());
  if (cancels) job.runner().cancel();
  if (frees) worker.reset();
  job.finish();
  CHECK(fleet.count_as_before() == kDevices);
  if (worker) worker->run();
  CHECK(job.runner().summary().reported() == kDevices);
  CHECK(fleet.server.count(kUpdate) == 0);
  CHECK(fleet.count_as_before() == kDevices);
}

TEST_CASE("so is what has its permit, and is asked once more who it is") {
  Updatable fleet(1);
  Job job(fleet.config, deciding(UpdateDecision::yes));
  std::optional<Worker> worker(std::in_place, job.runner());
  step_until_silent(job, *worker, fleet, "/rpc/Sys.GetStatus");
  CHECK(fleet.is_on_record(0));
  SUBCASE("without its worker") {
    worker.reset();
  }
  SUBCASE("with it") {}
  job.finish();
  CHECK(fleet.count_as_before() == 1);
}

TEST_CASE("what may have left stays on record as sent, however a job is ended") {
  Updatable fleet(1);
  Job job(fleet.config, deciding(UpdateDecision::yes));
  std::optional<Worker> worker(std::in_place, job.runner());
  step_until_silent(job, *worker, fleet, kUpdate);
  SUBCASE("cancelled, without its worker") {
    job.runner().cancel();
    worker.reset();
  }
  SUBCASE("without its worker") {
    worker.reset();
  }
  SUBCASE("with it") {}
  job.finish();
  CHECK(fleet.is_on_record(0));
  CHECK(fleet.text().find("may have started, no answer") != std::string::npos);
}

TEST_CASE("a save knows that a worker has gone with what it had not sent") {
  constexpr std::size_t kDevices = 3;
  Updatable fleet(kDevices);
  Job job(fleet.config, deciding(UpdateDecision::yes));
  {
    Worker worker(job.runner());
    step_until_written_down(job, worker, fleet, kDevices);
  }
  job.save();
  CHECK(fleet.count_as_before() == kDevices);
}

TEST_CASE(
    "a job that is finished with a device under way keeps its lock for as long as it is there") {
  Updatable fleet(1);
  std::optional<Job> job(std::in_place, fleet.config, deciding(UpdateDecision::yes));
  std::optional<Worker> worker(std::in_place, job->runner());
  step_until_silent(*job, *worker, fleet, kUpdate);
  job->finish();
  const auto is_locked = [&] {
    try {
      const Job another(fleet.config, {});
    } catch (const Error& error) {
      return error.code() == Errc::locked;
    }
    return false;
  };
  CHECK(is_locked());
  worker.reset();
  CHECK(is_locked());
  job.reset();
  CHECK_FALSE(is_locked());
}

TEST_CASE("a job that is not finished leaves what it has written down") {
  constexpr std::size_t kDevices = 3;
  Updatable fleet(kDevices);
  {
    Job job(fleet.config, deciding(UpdateDecision::yes));
    Worker worker(job.runner());
    step_until_written_down(job, worker, fleet, kDevices);
  }
  CHECK(fleet.count_on_record(kDevices) > 0);
}
