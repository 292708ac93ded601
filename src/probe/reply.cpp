#include "probe/reply.hpp"

namespace stage3::probe {

namespace {

const char* words_for(Cause cause) {
  switch (cause) {
    case Cause::refused:
      return "connection refused";
    case Cause::unreachable:
      return "unreachable";
    case Cause::reset:
      return "connection reset";
    case Cause::closed:
      return "closed without a whole answer";
    case Cause::timeout:
      return "timeout";
    case Cause::too_large:
      return "answer too large";
    case Cause::malformed:
      return "answer is not HTTP";
    case Cause::tls:
      return "TLS handshake failed";
    default:
      return to_string(cause);
  }
}

bool is_connection_trouble(Cause cause) {
  return cause == Cause::refused || cause == Cause::unreachable || cause == Cause::reset ||
         cause == Cause::closed || cause == Cause::timeout;
}

}  // namespace

bool is_status(int status) {
  return status >= 100 && status <= 599;
}

bool succeeded(const Reply& reply) {
  return !reply.failure && reply.status == 200 && !rpc::read_rpc_error(reply.body);
}

rpc::SysStatus status_in(const Reply& reply) {
  if (!succeeded(reply)) return {};
  const auto answer = rpc::read_sys_status(reply.body);
  const auto* status = std::get_if<rpc::SysStatus>(&answer);
  return status != nullptr ? *status : rpc::SysStatus{};
}

Failure describe(const Reply& reply) {
  if (reply.failure) {
    const std::string words(reply.detail.empty() ? words_for(*reply.failure) : reply.detail);
    return {*reply.failure, reply.status, 0, words};
  }
  if (!is_status(reply.status)) return {Cause::malformed, 0, 0, words_for(Cause::malformed)};
  Failure failure{Cause::http, reply.status, 0, "HTTP " + std::to_string(reply.status)};
  if (const auto error = rpc::read_rpc_error(reply.body)) {
    failure.cause = Cause::rpc;
    failure.rpc_code = error->code;
    const std::string code = error->code != 0 ? std::to_string(error->code) : "error";
    failure.words += " (" + code + (error->message.empty() ? "" : " " + error->message) + ")";
  }
  return failure;
}

bool is_silence(const Reply& reply) {
  return reply.status == 0 && reply.failure && is_connection_trouble(*reply.failure);
}

bool failed_in_passing(const Reply& reply) {
  // A handshake that was cut off looks like one that was refused.
  if (reply.failure) return is_connection_trouble(*reply.failure) || *reply.failure == Cause::tls;
  return is_status(reply.status) && reply.status >= 500 && !rpc::read_rpc_error(reply.body);
}

}  // namespace stage3::probe
