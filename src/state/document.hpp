#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stage3/device.hpp>

#include "json/scalars.hpp"

namespace stage3::state {

/// A position in the file: files are at most 256 MiB.
using Offset = std::uint32_t;

/// How many members of an entry's `stage3` are ours: the rows of fields.cpp.
constexpr std::size_t kFieldCount = 15;

/// Where a member of an object stands: its name begins at `key`, its value is [value, end).
struct Member {
  Offset key = 0;
  Offset value = 0;
  Offset end = 0;

  explicit operator bool() const { return end != 0; }
};

/// Where the parts of an entry stand that a save may touch. 88 bytes a device.
struct Entry {
  Mac mac;
  bool has_mac : 1;       ///< the key is a MAC address
  bool is_ambiguous : 1;  ///< two readings are possible: never written
  bool has_model : 1;
  bool has_hostname : 1;
  bool has_unreadable_ota : 1;  ///< `stage3.ota` is none of ours
  bool has_ota_of_others : 1;   ///< it is of an update that this store knows nothing of
  bool has_key_of_others : 1;   ///< `stage3.tls` is none that the device was asked with
  bool has_no_send : 1;         ///< the update that is recorded for it is not to be sent therefore
  Member whole;                 ///< the entry itself; its value is an object unless it is ambiguous
  Member stage3;                ///< an object or null, or absent
  // Of the others only where the name begins, 0: absent. member_at() finds the rest.
  Offset fw = 0;  ///< only where it is a string
  /// Those of `stage3`, by the row in fields().
  std::array<Offset, kFieldCount> fields{};

  Entry()
      : has_mac(false),
        is_ambiguous(false),
        has_model(false),
        has_hostname(false),
        has_unreadable_ota(false),
        has_ota_of_others(false),
        has_key_of_others(false),
        has_no_send(false) {}

  /// `stage3.ota` is left as it is.
  bool keeps_ota() const { return has_unreadable_ota || has_ota_of_others || has_no_send; }
};

/// What makes an entry unusable.
struct Defect {
  std::size_t entry;   ///< its index
  std::size_t offset;  ///< where to look
  std::string text;    ///< what is wrong, as Device::defect
};

/// The bytes of a state file and where the entries stand in them.
struct Document {
  std::string bytes;
  std::vector<Entry> entries;  ///< in file order
  /// Indices of the entries that have a MAC, ordered by it.
  std::shared_ptr<const std::vector<std::uint32_t>> by_mac;

  /// The index of the entry with this MAC; none if there is none or more than one, or it is
  /// ambiguous. `hint`, an index, is tried first.
  std::optional<std::size_t> find(const Mac& mac, std::size_t hint) const;
  /// Whether an entry has this MAC, be it one that cannot be written.
  bool has(const Mac& mac) const;
};

/// A document and what stands in it, entry by entry.
struct Contents {
  Document document;
  std::vector<Device> devices;  ///< parallel to document.entries
  std::vector<Defect> defects;  ///< in no particular order
};

constexpr std::int64_t kAnyTime = std::numeric_limits<std::int64_t>::max();

/// Reads `contents.document.bytes` into everything else of `contents`. What is on record for a time
/// after `latest` counts as absent. A Problem means that the file as a whole cannot be used:
/// malformed, of an unknown version or shape.
std::optional<json::Problem> parse(Contents& contents, std::string_view name_field,
                                   std::int64_t latest = kAnyTime);

}  // namespace stage3::state
