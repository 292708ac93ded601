#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <stage3/config.hpp>
#include <stage3/update_record.hpp>

namespace stage3::probe {

/// What a device shows of an update that is on record.
enum class Seen : std::uint8_t {
  target,   ///< it runs what it was sent
  origin,   ///< it runs what it ran before
  other,    ///< it runs something else
  nothing,  ///< it is silent, or another device, or says nothing that can be read
};

/// What a device of this firmware shows; one that does not tell its version shows nothing.
Seen what_is_seen(const UpdateRecord& record, std::string_view version, std::string_view fw_id);

/// Whether both are one build of one version, as far as both say: the same date or the same git
/// hash will do, for there are ids without a version, and builds differ from model to model.
bool is_same_build(std::string_view one, std::string_view other);

/// How an update that was on record stands now.
struct Standing {
  /// What is to be on record from now on.
  UpdateRecord record;
  /// Its end has been seen now.
  bool has_ended = false;
  /// And is a failure of this run.
  bool has_failed = false;
};

/// The specification's table of transitions. `now`: seconds since the epoch; 0: nobody knows, and
/// nothing is late.
Standing stand(const UpdateRecord& record, Seen seen, std::int64_t now, Duration deadline);

/// Whether an update may be sent to a device with this record. The record is one that stand() has
/// looked at.
struct Verdict {
  enum class Kind {
    may_be_sent,
    in_progress,  ///< another one was sent a moment ago, and nothing follows it
    held,         ///< not now, and `reason` says why
  };
  Kind kind = Kind::may_be_sent;
  std::string reason;
  /// Which attempt it would be, from 1.
  int attempt = 1;
};

/// `resume`: one that has failed counts as never tried (`--resume`), but for what it may still be
/// doing: nothing follows a send before `ota.deadline`.
Verdict judge(const UpdateRecord& record, std::string_view version, std::string_view build,
              std::int64_t now, const Config::Ota& ota, bool resume = false);

}  // namespace stage3::probe
