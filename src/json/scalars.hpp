#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stage3::json {

/// Bounds for one document. Beyond them reading stops with a Problem.
struct Limits {
  std::size_t max_bytes;
  unsigned max_depth;
  /// Half of a surrogate pair as an escape (`\ud800` alone), which Python writes, stands for U+FFFD
  /// instead of being a Problem.
  bool takes_half_pairs = false;
};

/// Why a text is not (acceptable) JSON, and where.
struct Problem {
  std::string message;
  /// In bytes from the start.
  std::size_t offset = 0;
};

struct Scalar {
  enum class Kind { null, boolean, number, string };
  Kind kind;
  /// The decoded string, the number as spelled, "true", "false" or "null". Valid during the visit
  /// only.
  std::string_view text;
  /// `text` is not to be used.
  bool damaged = false;
};

/// The member names that lead to a value, outermost first, decoded.
using Path = std::vector<std::string>;

/// Calls `visit` for every scalar that is reached through objects only (what stands in an array is
/// checked, but not visited), in the order of the text; the top level must be an object. A Problem
/// means that nothing of what was visited is to be trusted. Strings that are not Unicode and
/// numbers beyond +-1e308 are none, but visited as damaged. An exception from `visit` passes
/// through.
std::optional<Problem> visit_scalars(std::string_view text, const Limits& limits,
                                     const std::function<void(const Path&, const Scalar&)>& visit);

}  // namespace stage3::json
