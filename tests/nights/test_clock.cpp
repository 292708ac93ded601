// A wall clock that was wrong when an update was sent, and is put right afterwards: whoever comes
// next neither sends it twice nor waits for ever.

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include <stage3/job.hpp>
#include <stage3/state_store.hpp>

#include "../shelly/shelly.hpp"
#include "fleet.hpp"
#include "world.hpp"

using namespace stage3;
using namespace std::chrono_literals;
using namespace stage3::nights;

namespace {

/// One device that is offered 1.7.5, and the file that it stands in.
class Fleet {
 public:
  /// `installs_in`: how long it takes; none: nothing comes of it.
  explicit Fleet(std::optional<World::Span> installs_in) : installs_in_(installs_in) {
    shelly_.mac = mac_of(0);
    world.put(device(0).address, {1ms, [this](const Call& call) { return answer(call); }});
    config.ip_state_file = state_.path();
    config.ota.mode = OtaMode::check_and_update;
    config.friendly.enabled = false;
  }

  void night() { Job(config, {}, {}, world).run(); }

  UpdateRecord record() const {
    const StateStore store = StateStore::load(state_.path(), config.friendly.field_name);
    const auto& on_record = store.devices().front().on_record;
    return on_record && on_record->ota ? *on_record->ota : UpdateRecord{};
  }

  World world{1};
  Config config = unlimited();
  /// When it was told to update.
  std::vector<World::Span> sends;

 private:
  World::Answer answer(const Call& call) {
    const std::string_view rpc = shelly::rpc_of(call.target);
    const auto now = world.elapsed();
    if (!sends.empty() && installs_in_ && now >= sends.front() + *installs_in_) {
      shelly_.version = "1.7.5";
      shelly_.stable = "";
      began_ = sends.front() + *installs_in_;
    }
    shelly_.uptime = static_cast<int>((now - began_) / 1s);
    if (shelly::starts_update(rpc)) sends.push_back(now);
    const shelly::Answer said = shelly::answer(shelly_, rpc);
    return {20ms, said.status, said.body};
  }

  StateFile state_{1, ""};
  shelly::Device shelly_;
  std::optional<World::Span> installs_in_;
  World::Span began_ = -24h;
};

/// Clocks that were an hour, two days and ten years ahead.
constexpr std::chrono::seconds kAhead[] = {1h, 48h, 87600h};

}  // namespace

TEST_CASE("a send of the future counts as one of the run that finds it, once") {
  for (const auto ahead : kAhead) {
    CAPTURE(ahead.count());
    Fleet fleet(std::nullopt);
    fleet.world.set_clock(ahead);
    fleet.night();
    REQUIRE(fleet.sends.size() == 1);
    CHECK(fleet.record().sent_at > fleet.world.utc() - 60);

    fleet.world.set_clock(0s);
    fleet.world.pass(5min);
    const auto found = fleet.world.elapsed();
    const std::int64_t found_at = fleet.world.utc();
    fleet.night();
    CHECK(fleet.record().state == UpdateState::sent);
    CHECK(fleet.record().sent_at >= found_at);
    CHECK(fleet.record().sent_at <= found_at + 1);

    // It is not rewritten again: the deadline counts from then, and so does what follows.
    fleet.world.pass(5min);
    fleet.night();
    CHECK(fleet.record().state == UpdateState::sent);
    fleet.world.pass(6min);
    fleet.night();
    CHECK(fleet.record().state == UpdateState::unchanged);
    while (fleet.world.elapsed() < found + 80h) {
      fleet.world.pass(1h);
      fleet.night();
    }
    REQUIRE(fleet.sends.size() == 2);
    CHECK(fleet.sends[1] - found >= fleet.config.ota.retry_after);
    CHECK(fleet.sends[1] - found <= fleet.config.ota.retry_after + 2h);
  }
}

TEST_CASE("a send of the future that has come to its end is found at once") {
  for (const auto ahead : kAhead) {
    CAPTURE(ahead.count());
    Fleet fleet(60s);
    fleet.world.set_clock(ahead);
    fleet.night();
    fleet.world.set_clock(0s);
    fleet.world.pass(5min);
    fleet.night();
    CHECK(fleet.record().state == UpdateState::updated);
    CHECK(fleet.record().ended_at <= fleet.world.utc());
    CHECK(fleet.sends.size() == 1);
  }
}

TEST_CASE("who waits while the clock is put right waits for as long as without") {
  for (const auto ahead : kAhead) {
    for (const bool installs : {true, false}) {
      CAPTURE(ahead.count());
      CAPTURE(installs);
      Fleet fleet(installs ? std::optional<World::Span>(60s) : std::nullopt);
      fleet.config.ota.wait = true;
      fleet.world.set_clock(ahead);
      fleet.world.at(40s, [&] { fleet.world.set_clock(0s); });
      fleet.night();
      CHECK(fleet.record().state == (installs ? UpdateState::updated : UpdateState::unchanged));
      CHECK(fleet.world.elapsed() >= (installs ? 60s : 600s));
      CHECK(fleet.world.elapsed() <= (installs ? 80s : 620s));
      CHECK(fleet.sends.size() == 1);

      // Another run that waits, and finds the record that the first one has left of the future.
      fleet.world.pass(1min);
      const auto before = fleet.world.elapsed();
      fleet.night();
      CHECK(fleet.world.elapsed() - before <= 620s);
      CHECK(fleet.sends.size() == 1);
    }
  }
}
