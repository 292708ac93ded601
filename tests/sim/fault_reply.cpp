#include "fault_reply.hpp"

#include <algorithm>

#include "device.hpp"

namespace sim {
namespace {

Reply silent(Delivery delivery) {
  Reply reply;
  reply.delivery = delivery;
  return reply;
}

Reply sent(const Device& device, const Answer& answer) {
  Reply reply;
  reply.status = answer.status;
  reply.bytes = to_bytes(device, answer);
  return reply;
}

Reply wrong_status(const Device& device, const Fault& fault) {
  Answer answer;
  answer.status = fault.status;
  answer.body = fault.error ? error_body(fault.error->code, fault.error->message) : fault.text;
  return sent(device, answer);
}

Reply garbage(const Device& device, const Fault& fault) {
  if (!fault.breaks_http) return sent(device, {200, fault.text, "application/json", {}, 0, true});
  Reply reply;
  reply.bytes = fault.text;
  return reply;
}

Reply endless(const Device& device) {
  Answer answer;
  answer.tells_length = false;
  answer.body = "{\"filler\":\"";
  Reply reply = sent(device, answer);
  reply.delivery = Delivery::endless;
  reply.piece = 16384;
  reply.bytes.append(reply.piece, 'x');
  return reply;
}

Reply with_header(const Device& device, int status, const char* name, const std::string& value) {
  Answer answer;
  answer.status = status;
  answer.headers.emplace_back(name, value);
  return sent(device, answer);
}

}  // namespace

bool replaces_answer(const Fault& fault) {
  return fault.kind != FaultKind::truncate && fault.kind != FaultKind::headers &&
         fault.kind != FaultKind::drip && fault.kind != FaultKind::mac;
}

Reply faulty_reply(const Device& device, const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::status:
      return wrong_status(device, fault);
    case FaultKind::reset:
      return silent(Delivery::reset);
    case FaultKind::close:
      return silent(Delivery::close);
    case FaultKind::garbage:
      return garbage(device, fault);
    case FaultKind::endless:
      return endless(device);
    case FaultKind::redirect:
      return with_header(device, fault.status, "Location", expand(fault.text, device));
    case FaultKind::challenge:
      return with_header(device, 401, "WWW-Authenticate", expand(fault.text, device));
    case FaultKind::raw: {
      Reply reply;
      for (std::size_t i = 0; i < fault.lines; ++i)
        reply.bytes += fault.text;
      return reply;
    }
    default:
      break;
  }
  return silent(Delivery::hang);
}

void distort(const Fault& fault, Answer& answer) {
  if (fault.kind == FaultKind::truncate) answer.missing_bytes = fault.bytes;
  if (fault.kind != FaultKind::headers) return;
  for (std::size_t i = 0; i < fault.lines; ++i) {
    answer.headers.emplace_back("X-Filler-" + std::to_string(i), std::string(fault.bytes, 'x'));
  }
}

void slow_down(const Fault& fault, Reply& reply) {
  if (fault.kind != FaultKind::drip) return;
  reply.delivery = Delivery::drip;
  reply.piece = std::max<std::size_t>(1, fault.bytes);
  reply.interval = fault.interval;
}

}  // namespace sim
