#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <stage3/error_info.hpp>

namespace stage3::result {

/// One kind of error and all that is said of it.
struct ErrorRow {
  Part part;
  Cause cause;
  /// What the part's errors of all other causes are taken for: `cause` says nothing.
  bool is_rest;
  /// Behind the part in the short form. "": only the error itself says what decides.
  std::string_view shortly;
  ErrorInfo info;
};

constexpr std::size_t kErrorRowCount = 74;

/// Every pair of part and cause that the library makes, and for each part the rest of it; by part.
const std::array<ErrorRow, kErrorRowCount>& error_rows() noexcept;

}  // namespace stage3::result
