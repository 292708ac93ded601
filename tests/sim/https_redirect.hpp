#pragma once

#include "http_answer.hpp"

namespace sim {

struct Device;
struct Request;

/// `request` came in clear to a device that sends everybody on to its HTTPS.
bool is_redirected(const Device& device, const Request& request);

/// The answer to it.
Answer redirect_to_https(const Device& device, const Request& request);

}  // namespace sim
