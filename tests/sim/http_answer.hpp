#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sim {

struct Device;

/// One HTTP answer before it becomes bytes.
struct Answer {
  int status = 200;
  std::string body;
  std::string_view content_type = "application/json";  ///< not sent without a body
  std::vector<std::pair<std::string, std::string>> headers;
  std::size_t missing_bytes = 0;  ///< by which Content-Length exceeds the body
  bool tells_length = true;
};

/// The bytes of `answer` with the header block of the firmware that `device` runs.
std::string to_bytes(const Device& device, const Answer& answer);

/// The body {"code":...,"message":...}.
std::string error_body(int code, const std::string& message);

}  // namespace sim
