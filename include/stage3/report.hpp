#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stage3/language.hpp>
#include <stage3/result.hpp>

namespace stage3 {

/// What is on record of a fleet, counted: nothing is asked of any device. It points to the devices
/// it was made from, which must outlive it and stay where they are.
struct Overview {
  struct Count {
    std::string word;
    std::size_t devices = 0;
  };

  /// A kind of device, by the firmware that it runs.
  struct App {
    std::string name;  ///< empty: not known, it has never answered
    std::size_t devices = 0;
    std::size_t updates = 0;      ///< of them, with a newer version on offer
    std::vector<Count> versions;  ///< the newest first; "": not known
  };

  /// Devices that have failed for one reason.
  struct Failure {
    /// A row of error_infos(), or only the part of the work ("auth") where the file does not say
    /// more, or "other".
    std::string id;
    std::int64_t since = 0;  ///< the first of them, seconds since the epoch (UTC); 0: not known
    std::vector<const Device*> devices;
  };

  enum class ChangeKind { failed, offline, recovered, firmware, name, offered, added, removed };

  struct Change {
    ChangeKind kind;
    const Device* device;
    std::string from;
    std::string to;
  };

  const std::vector<Device>* devices = nullptr;
  std::int64_t now = 0;
  std::int64_t last_run = 0;  ///< the newest on record; 0: none
  // Each device is in one of these.
  std::size_t ok = 0;
  std::size_t failed = 0;                 ///< entries that cannot be used among them
  std::size_t offline = 0;                ///< did not answer the last time
  std::size_t unknown = 0;                ///< nothing is on record
  std::size_t updates = 0;                ///< those with a newer version on offer
  std::size_t updates_found_earlier = 0;  ///< of these, where the last run has not seen the offer:
                                          ///< offline, failed, or not looked for

  std::vector<Count> ota_status;       ///< by the words of OtaStatus, in their order; no zeros
  std::vector<Count> friendly_status;  ///< likewise
  std::vector<Count> update_states;    ///< of the records of updates, likewise
  std::vector<App> apps;               ///< the most frequent first
  std::vector<Failure> failures;       ///< the most frequent first
  std::vector<const Device*> offline_devices;  ///< in the order of the file
  std::vector<const Device*> under_way;  ///< updates that were sent, and whose end nobody has seen
  bool has_earlier = false;              ///< `changes` tells something
  std::vector<Change> changes;           ///< by kind, then in the order of the file
};

/// `now` is the time to count ages from, seconds since the epoch (UTC). `earlier` is what the file
/// held before, to tell what has changed since; null: that is not known.
Overview overview_of(const std::vector<Device>& devices, const std::vector<Device>* earlier,
                     std::int64_t now);

/// For people, on a terminal: a verdict, counts, and what has failed with what to do about it.
/// Ends with a newline; escaped.
std::string to_text(const Overview&, Language);

/// One JSON object without a newline, `{"v":1,"type":"status",...}`: what `stage3 status --json`
/// prints. Members are only ever added. Pure ASCII.
std::string to_json(const Overview&);

/// One HTML page that needs nothing but itself: no request leaves it, whatever devices are called.
std::string to_html(const Overview&, Language);

/// What only a run knows of itself.
struct RunFigures {
  double duration = 0;  ///< seconds
  std::int64_t last_success =
      0;  ///< when a run over all devices has last ended well (UTC); 0: never
};

/// Prometheus' text format, for node_exporter's textfile collector. Without `run`, what the file
/// alone cannot tell is left out.
std::string to_metrics(const Overview&, const std::optional<RunFigures>& run = std::nullopt);

}  // namespace stage3
