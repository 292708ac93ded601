#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "transport.hpp"

namespace sim {

struct Request {
  std::string method;
  std::string target;  ///< path and query as sent
  std::string path;    ///< before the '?', as sent
  std::string query;   ///< after it, as sent
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Transport transport;  ///< not read by parse_request

  /// The value of the first header of that name, compared without case; null where there is none.
  const std::string* header(std::string_view name) const;
};

enum class ParseState { incomplete, complete, bad };

/// Devices take no more than this for the head and for the body of a request.
inline constexpr std::size_t kMaxHeadBytes = 4096;
inline constexpr std::size_t kMaxBodyBytes = 16384;

/// Reads one request from all bytes received so far. What follows the request is left alone: a
/// device answers one request a connection.
ParseState parse_request(std::string_view bytes, Request& request);

/// Decodes %XX; false when a '%' is not followed by two hexadecimal digits, which then stays as it
/// is. A '+' means a '+'.
bool percent_decode(std::string_view text, std::string& decoded);

bool equals_ignoring_case(std::string_view a, std::string_view b);

}  // namespace sim
