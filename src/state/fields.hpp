#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <stage3/on_record.hpp>

#include "json/scalars.hpp"
#include "state/document.hpp"
#include "state/record.hpp"
#include "state/value.hpp"

namespace stage3::state {

/// What a change to an object of its own consists of, as long as the change is needed.
struct InnerChanges {
  std::string key;
  std::array<Change, 2> tls;
  std::optional<std::array<Change, 8>> ota;  // few entries have one
};

/// How a member's value is read back.
enum class Shape {
  plain,  ///< by its row
  tls,    ///< an object that EntryReader reads, as the next one
  ota,
};

/// One member of an entry's `stage3` that is ours: all that is to be said about it. Which field of
/// a result it is, says that field's row (result/fields.cpp).
struct Field {
  std::string_view name;
  /// What a record makes of it. The views are the record's, or those of `inner`.
  Change (*change)(const Record::Content& content, InnerChanges& inner);
  /// Reads it back; false: the value is none of ours, and counts as absent. Times after `latest`
  /// are none. Null unless the shape is plain.
  bool (*read)(OnRecord& on_record, const json::Scalar& value, std::int64_t latest);
  Shape shape = Shape::plain;
};

/// In the order in which they are added to an entry.
const std::array<Field, kFieldCount>& fields();

/// The row of the member `name`; kFieldCount: it is none of ours. Looks at `likely` first.
std::size_t field_index(std::string_view name, std::size_t likely = 0);

}  // namespace stage3::state
