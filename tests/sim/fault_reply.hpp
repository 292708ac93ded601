#pragma once

#include "fault.hpp"
#include "http_answer.hpp"
#include "reply.hpp"

namespace sim {

/// The fault leaves nothing of the good answer; else it only distorts it or slows it down.
bool replaces_answer(const Fault& fault);

/// The reply of a fault that replaces the answer; FaultKind::error is not for here, since its form
/// depends on the request.
Reply faulty_reply(const Device& device, const Fault& fault);

/// Changes a good answer: truncate, headers.
void distort(const Fault& fault, Answer& answer);

/// Changes how a good answer is sent: drip.
void slow_down(const Fault& fault, Reply& reply);

}  // namespace sim
