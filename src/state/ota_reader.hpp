#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <stage3/update_record.hpp>

#include "json/scalars.hpp"

namespace stage3::state {

/// Reads `stage3.ota`, the record of a device's last update, token by token. What else stands in it
/// is nobody's here.
class OtaReader {
 public:
  void begin();
  void key(std::string_view name);
  void scalar(const json::Scalar& value);
  /// An array or an object.
  void compound();

  /// What was read. One that is not as it must be has the state `unreadable` and nothing else:
  /// nobody can tell then what was sent to the device, and when.
  UpdateRecord record() const;

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t member_ = kNone;  // the current one, by its place among the names
  unsigned seen_ = 0;           // a bit for each
  bool is_good_ = true;
  UpdateRecord record_;
};

}  // namespace stage3::state
