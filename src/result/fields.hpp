#pragma once

#include <vector>

#include <stage3/result.hpp>

#include "json/object_writer.hpp"

namespace stage3::result {

/// One field of a device's result. The JSON is made from these rows. The schema, the functions of
/// stage3.h, the attributes in Python and what the state file records are held to them by a test
/// (tests/tools/test_fields.py), which names what a new row has been forgotten in.
struct Field {
  const char* name;  ///< in the JSON, its schema and Python
  /// In C: the function stage3_result_<this>, or in capitals the flag STAGE3_RESULT_<this>.
  const char* in_c;
  const char* recorded;  ///< the member of `stage3` in the state file; null: it is not recorded
  /// Writes the field, if there is anything to say.
  void (*write)(json::ObjectWriter& object, const char* name, const DeviceResult& result);
};

/// In the order of the JSON.
const std::vector<Field>& fields();

}  // namespace stage3::result
