#include "json_node.hpp"
#include "settings_reader.hpp"
#include "tls_plan.hpp"

namespace sim {
namespace {

/// Ten times what OpenSSL takes for a message with certificates when it is not told otherwise.
constexpr std::size_t kMaxPadding = 1'000'000;

std::vector<std::string> read_locations(const Node& node) {
  if (node.is_null()) return {};
  if (node.is_text()) return {node.text()};
  std::vector<std::string> locations;
  for (const Node& item : node.items())
    locations.push_back(item.text());
  return locations;
}

void read_redirect(const Node& node, RedirectPlan& plan) {
  node.expect_keys({"status", "location", "after_updates"});
  if (const auto status = node.find("status")) {
    plan.status = static_cast<int>(status->integer(300, 399));
  }
  if (const auto updates = node.find("after_updates")) {
    plan.after_updates = static_cast<std::uint32_t>(updates->integer(0, 1000));
  }
  if (const auto location = node.find("location")) plan.locations = read_locations(*location);
}

}  // namespace

void read_certificate(const Node& node, CertificatePlan& plan) {
  node.expect_keys({"kind", "own_key", "issuer", "chain", "validity", "padding"});
  if (const auto kind = node.find("kind")) {
    plan.kind = static_cast<KeyKind>(kind->word({"ec", "rsa"}));
  }
  if (const auto own = node.find("own_key")) plan.own_key = own->flag();
  if (const auto issuer = node.find("issuer")) {
    plan.issuer = static_cast<Issuer>(issuer->word({"self", "ca", "factory"}));
  }
  if (const auto chain = node.find("chain")) plan.chain = chain->integer(1, kMaxChain);
  if (plan.chain > 1 && plan.issuer == Issuer::self) {
    node.fail("a \"chain\" needs the \"issuer\" ca or factory");
  }
  if (const auto validity = node.find("validity")) {
    plan.validity =
        static_cast<Validity>(validity->word({"valid", "expired", "not_yet_valid", "undated"}));
  }
  if (const auto padding = node.find("padding")) plan.padding = padding->integer(0, kMaxPadding);
}

void read_tls(const Node& node, TlsPlan& plan) {
  node.expect_keys({"port", "http", "redirect", "certificate", "version", "resumption",
                    "close_notify", "handshake_ms", "faults"});
  if (const auto port = node.find("port")) {
    plan.port = static_cast<std::uint16_t>(port->integer(0, 65535));
  }
  if (const auto http = node.find("http")) {
    plan.http = static_cast<HttpBeside>(http->word({"served", "refused", "redirected"}));
  }
  if (const auto redirect = node.find("redirect")) read_redirect(*redirect, plan.redirect);
  if (const auto certificate = node.find("certificate")) {
    read_certificate(*certificate, plan.certificate);
  }
  if (const auto version = node.find("version")) {
    plan.version = static_cast<TlsVersion>(version->word({"any", "1.0", "1.1", "1.2", "1.3"}));
  }
  if (const auto resumption = node.find("resumption")) {
    plan.resumption = static_cast<Resumption>(resumption->word({"tickets", "cache", "none"}));
  }
  node.read("close_notify", plan.close_notify);
  if (const auto handshake = node.find("handshake_ms")) plan.handshake = read_latency(*handshake);
  if (const auto faults = node.find("faults")) {
    for (const Node& fault : faults->items())
      plan.faults.push_back(read_tls_fault(fault));
  }
}

}  // namespace sim
