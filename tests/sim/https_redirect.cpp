#include "https_redirect.hpp"

#include "device.hpp"
#include "http_request.hpp"
#include "settings.hpp"
#include "tls_state.hpp"

namespace sim {
namespace {

std::string own_address(const Device& device) {
  constexpr std::uint16_t kHttpsPort = 443;
  const Endpoint endpoint{device.endpoint.ipv4, device.tls->port};
  if (endpoint.port != kHttpsPort) return endpoint_text(endpoint);
  const std::string address = address_text(endpoint);
  return endpoint.is_ipv6() ? "[" + address + "]" : address;
}

std::string location(const std::string& text, const Device& device, const Request& request) {
  static const std::string kTarget = "{target}";
  std::string result = expand(text, device);
  const auto at = result.find(kTarget);
  if (at != std::string::npos) result.replace(at, kTarget.size(), request.target);
  return result;
}

}  // namespace

bool is_redirected(const Device& device, const Request& request) {
  const auto& plan = device.settings->tls;
  return plan && plan->http == HttpBeside::redirected && request.transport.tls == nullptr &&
         device.updates_installed >= plan->redirect.after_updates;
}

Answer redirect_to_https(const Device& device, const Request& request) {
  const RedirectPlan& plan = device.settings->tls->redirect;
  Answer answer;
  answer.status = plan.status;
  if (plan.locations) {
    for (const std::string& text : *plan.locations)
      answer.headers.emplace_back("Location", location(text, device, request));
  } else {
    answer.headers.emplace_back("Location", "https://" + own_address(device) + request.target);
  }
  return answer;
}

}  // namespace sim
