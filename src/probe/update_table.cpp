#include "probe/update_table.hpp"

#include <algorithm>

#include <stage3/text.hpp>

#include "base/text.hpp"
#include "probe/build_date.hpp"
#include "probe/version_order.hpp"

namespace stage3::probe {

namespace {

bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f');
}

/// "9979d16" of "20260311-095911/1.7.5-g9979d16": how git describes what it was built from. A Wall
/// Display writes it without the "g".
std::string_view hash_of(std::string_view build) {
  constexpr std::size_t kShortest = 7;
  for (std::size_t at = 0; at < build.size(); ++at) {
    if (build[at] != '-' && build[at] != '/') continue;
    std::string_view rest = build.substr(at + 1);
    if (!rest.empty() && rest.front() == 'g') rest.remove_prefix(1);
    const auto end = std::find_if_not(rest.begin(), rest.end(), is_hex_digit);
    const auto length = static_cast<std::size_t>(end - rest.begin());
    const bool ends = length == rest.size() || rest[length] == '-';
    if (length >= kShortest && ends) return rest.substr(0, length);
  }
  return {};
}

bool is_failure(UpdateState state) {
  return state == UpdateState::unchanged || state == UpdateState::unstable ||
         state == UpdateState::other || state == UpdateState::refused;
}

/// What the next state is; the same: nothing has happened.
UpdateState next_state(UpdateState state, Seen seen, bool is_late) {
  const bool is_open = state == UpdateState::sent || state == UpdateState::lost;
  switch (seen) {
    case Seen::target:
      return UpdateState::updated;
    case Seen::origin:
      if (state == UpdateState::sent) return is_late ? UpdateState::unchanged : state;
      // What was lost is found, and what was updated went back.
      return is_failure(state) ? state : UpdateState::unchanged;
    case Seen::other:
      return is_open ? UpdateState::other : state;
    case Seen::nothing:
      return state == UpdateState::sent && is_late ? UpdateState::lost : state;
  }
  return state;
}

std::int64_t seconds_of(Duration time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

}  // namespace

bool is_same_build(std::string_view one, std::string_view other) {
  const std::string_view dates[] = {build_date(one), build_date(other)};
  const std::string_view hashes[] = {hash_of(one), hash_of(other)};
  const bool has_dates = !dates[0].empty() && !dates[1].empty();
  const bool has_hashes = !hashes[0].empty() && !hashes[1].empty();
  if (!has_dates && !has_hashes) return true;
  return (has_dates && dates[0] == dates[1]) || (has_hashes && hashes[0] == hashes[1]);
}

namespace {

/// "1.7.5" and "v1.7.5" are one.
bool is_same_version(std::string_view one, std::string_view other) {
  return one == other || FirmwareVersion::compare({one, {}}, {other, {}}) == 0;
}

}  // namespace

Seen what_is_seen(const UpdateRecord& record, std::string_view version, std::string_view fw_id) {
  if (version.empty()) return Seen::nothing;
  if (is_same_version(version, record.to) && is_same_build(record.build, fw_id))
    return Seen::target;
  // Where nobody has written down what it ran, it cannot be said to run something else.
  const bool is_origin = record.from.empty() || is_same_version(version, record.from);
  return is_origin ? Seen::origin : Seen::other;
}

Standing stand(const UpdateRecord& record, Seen seen, std::int64_t now, Duration deadline) {
  Standing standing{record, false, false};
  if (record.state == UpdateState::none || record.state == UpdateState::unreadable) return standing;
  UpdateRecord& out = standing.record;
  // Whoever wrote that down had a wrong clock; it has to end some time all the same.
  if (now != 0 && out.sent_at > now) out.sent_at = now;
  const bool is_late = now != 0 && now - out.sent_at >= seconds_of(deadline);
  const UpdateState next = next_state(record.state, seen, is_late);
  if (next == record.state) return standing;
  out.state = next;
  out.ended_at = next == UpdateState::lost ? 0 : now;
  // Until the new build has run, nobody knows whether the device was ever asked to install it.
  if (next == UpdateState::updated) out.error.clear();
  standing.has_ended = true;
  // What was lost has been a failure already, in the run that noticed, and what was updated none.
  standing.has_failed = next != UpdateState::updated && record.state == UpdateState::sent;
  return standing;
}

Verdict judge(const UpdateRecord& record, std::string_view version, std::string_view build,
              std::int64_t now, const Config::Ota& ota, bool resume) {
  const bool is_same = is_same_version(record.to, version) && is_same_build(record.build, build);
  switch (record.state) {
    case UpdateState::none:
      return {};
    case UpdateState::updated:
      // It ran this build, and went back from it by way of another one.
      if (!is_same) return {};
      break;
    case UpdateState::unreadable:
      return {Verdict::Kind::held, "stage3.ota cannot be read"};
    case UpdateState::sent:
    case UpdateState::lost:
      return {Verdict::Kind::in_progress, {}};
    case UpdateState::unchanged:
    case UpdateState::unstable:
    case UpdateState::other:
    case UpdateState::refused:
      break;
  }
  const bool is_forgiven = resume && is_failure(record.state);
  if (is_same && !is_forgiven && record.attempts >= static_cast<int>(ota.max_attempts))
    return {Verdict::Kind::held, "tried " + std::to_string(record.attempts) +
                                     (record.attempts == 1 ? " time, " : " times, ") +
                                     to_string(record.state)};
  const int attempt = is_same && !is_forgiven ? record.attempts + 1 : 1;
  const Duration retry_after = is_forgiven ? Duration::zero() : ota.retry_after;
  if (now == 0 && retry_after > Duration::zero())
    return {Verdict::Kind::held, "tried before, and nobody knows how long ago"};
  // What was not declined may still be under way, whatever the device has shown since.
  const bool may_go_on = record.state != UpdateState::refused;
  const Duration pause = may_go_on ? std::max(retry_after, ota.deadline) : retry_after;
  const std::int64_t left = record.sent_at + seconds_of(pause) - now;
  if (now != 0 && left > 0)
    return {Verdict::Kind::held, std::string(to_string(record.state)) + " " +
                                     in_words(now - record.sent_at) + " ago, again in " +
                                     in_words(left)};
  return {Verdict::Kind::may_be_sent, {}, attempt};
}

}  // namespace stage3::probe
