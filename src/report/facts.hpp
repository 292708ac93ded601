#pragma once

#include <string>
#include <string_view>

#include <stage3/report.hpp>

namespace stage3::report {

/// Where nothing is on record: as if all of it were absent.
const OnRecord& on_record(const Device& device);

/// What people know it by: the name it has, the one it is to have, else its key. Not escaped.
std::string_view name_of(const Device& device);

/// What went wrong with it the last time; empty: nothing. Not escaped.
std::string_view error_of(const Device& device);

/// The id of the failure that comes first in it, see Overview::Failure::id.
std::string_view failure_id(const Device& device);

/// The state of the record of its update; `none` where there is no record.
UpdateState update_state(const Device& device);

}  // namespace stage3::report
