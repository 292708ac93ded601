#include "responder.hpp"

#include "chance.hpp"
#include "device.hpp"
#include "fault_reply.hpp"
#include "http_answer.hpp"
#include "http_request.hpp"
#include "https_redirect.hpp"
#include "login.hpp"
#include "rpc_call.hpp"
#include "rpc_handler.hpp"
#include "settings.hpp"

namespace sim {
namespace {

double latency_of(const Device& device, Rpc rpc, std::uint64_t seed) {
  const Latency& latency = device.settings->latency[index_of(rpc)];
  if (latency.max <= latency.min) return latency.min;
  return latency.at(draw(seed, device.index, index_of(rpc), device.calls[index_of(rpc)]));
}

bool tells_identity(Rpc rpc) {
  return rpc == Rpc::get_device_info || rpc == Rpc::shelly_page;
}

int status_of(int code) {
  return code == 404 || code == 403 ? code : 500;
}

std::string frame_body(const Device& device, const Call& call, const std::string& outcome) {
  std::string body = "{\"id\":" + call.frame_id + ",\"src\":\"" + shown_id(device) + "\",";
  if (!call.frame_src.empty()) body += "\"dst\":" + call.frame_src + ",";
  return body + outcome + "}";
}

Answer answer_rpc(const Device& device, const Call& call, const RpcResult& result) {
  Answer answer;
  if (call.form == Form::frame) {
    const std::string outcome =
        result.error ? "\"error\":" + error_body(result.error->code, result.error->message)
                     : "\"result\":" + result.json;
    answer.body = frame_body(device, call, outcome);
  } else if (result.error) {
    answer.status = status_of(result.error->code);
    answer.body = error_body(result.error->code, result.error->message);
  } else {
    answer.body = result.json;
  }
  return answer;
}

Answer not_found() {
  return {404, "Not Found", "text/plain", {}, 0, true};
}

Answer bad_request() {
  return {400, "Bad Request", "text/plain", {}, 0, true};
}

/// What Gen1 answers where it wants a login, to whatever is asked.
Answer basic_login_wanted(const Device& device) {
  Answer refusal{401, "401 Unauthorized", "text/plain", {}, 0, true};
  refusal.headers.emplace_back("WWW-Authenticate", "Basic realm=\"" + shown_id(device) + "\"");
  return refusal;
}

/// The answer to a request without faults.
Answer answer(Device& device, const Request& request, const Call& call, double now,
              Judgement& judgement) {
  const bool is_gen1 = device.settings->model->kind == Kind::gen1;
  if (is_gen1 && device.settings->login && call.rpc != Rpc::shelly_page) {
    return basic_login_wanted(device);
  }
  if (call.rpc != Rpc::shelly_page && (is_gen1 || call.form == Form::page)) return not_found();
  if (device.settings->login && !tells_identity(call.rpc)) {
    const LoginVerdict verdict = judge_login(device, request, now);
    if (request.header("Authorization") != nullptr) judgement.is_accepted = verdict.is_accepted;
    if (!verdict.is_accepted) {
      Answer refusal{verdict.status, {}, {}, {}, 0, true};
      if (verdict.status == 401) {
        refusal.headers.emplace_back("WWW-Authenticate", verdict.challenge);
      }
      return refusal;
    }
  }
  return answer_rpc(device, call, execute(device, call, now));
}

bool rejects_bad_requests(const Device& device) {
  const Version first_strict{1, 3, 0};
  return !(device.firmware->number < first_strict);
}

Reply plain(const Device& device, const Answer& good) {
  Reply reply;
  reply.status = good.status;
  reply.bytes = to_bytes(device, good);
  return reply;
}

}  // namespace

Reply respond(Device& device, const Request& request, double now, std::uint64_t seed,
              Judgement& judgement) {
  const Call call = parse_call(request);
  judgement.rpc = call.rpc;
  judgement.method = call.method;
  if (is_redirected(device, request)) {
    Reply reply = plain(device, redirect_to_https(device, request));
    reply.delay = latency_of(device, call.rpc, seed);
    return reply;
  }
  ++device.calls[index_of(call.rpc)];
  const std::size_t updates = device.updates.size();
  const Fault* fault = fault_for(device, call.rpc);
  if (fault != nullptr) judgement.fault = name_of(fault->kind);
  Reply reply;
  if (fault != nullptr && replaces_answer(*fault)) {
    if (fault->executed) answer(device, request, call, now, judgement);
    reply = fault->kind == FaultKind::error
                ? plain(device, answer_rpc(device, call, {fault->error, {}}))
                : faulty_reply(device, *fault);
  } else if (call.is_malformed && rejects_bad_requests(device)) {
    reply = plain(device, bad_request());
  } else {
    Answer good = answer(device, request, call, now, judgement);
    if (fault != nullptr) distort(*fault, good);
    reply = plain(device, good);
    if (fault != nullptr) slow_down(*fault, reply);
  }
  if (device.updates.size() > updates) judgement.started = device.updates.back().offered;
  reply.delay = latency_of(device, call.rpc, seed);
  return reply;
}

Reply respond_to_garbage(const Device& device) {
  const bool answers = rejects_bad_requests(device);
  Reply reply = answers ? plain(device, bad_request()) : Reply();
  reply.delivery = answers ? Delivery::linger : Delivery::close;
  return reply;
}

}  // namespace sim
