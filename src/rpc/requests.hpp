#pragma once

#include <string>
#include <string_view>

/// Targets and bodies of the requests stage 3 makes. Everything is percent-encoded; JSON is
/// compact, since some firmware answers 500 to JSON with spaces.
namespace stage3::rpc {

struct Request {
  std::string target;  ///< path and query
  std::string body;    ///< empty: GET, else POST
};

/// How parameters travel. Firmware before 1.0.2 computes the login digest over the path without the
/// query, so that a protected device of that age takes parameters in a body only.
enum class Parameters { in_query, in_body };

Request get_device_info();
Request get_shelly();  ///< `/shelly`: the one answer that Gen1 devices give
Request get_sys_config();
Request set_device_name(std::string_view name, Parameters where);
Request check_for_update();
Request start_update(std::string_view stage, Parameters where);

}  // namespace stage3::rpc
