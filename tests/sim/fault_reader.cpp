#include <fstream>
#include <limits>
#include <sstream>
#include <vector>

#include "device.hpp"
#include "fault.hpp"
#include "fault_reply.hpp"
#include "json_build.hpp"
#include "json_node.hpp"
#include "settings_reader.hpp"

namespace sim {
namespace {

constexpr std::uint64_t kMaxCount = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kMaxBytes = std::size_t{16} << 20;

void read_count(const Node& node, const char* key, std::size_t& target, std::size_t max) {
  if (const auto count = node.find(key)) target = count->integer(1, max);
}

void read_error(const Node& node, Fault& fault) {
  const auto code = node.find("code");
  if (!code) return;
  if (!code->value().IsInt()) code->fail("must be an integer");
  fault.error = RpcError{code->value().GetInt(), "Failed!"};
  node.read("message", fault.error->message);
}

void read_status_fault(const Node& node, Fault& fault) {
  if (const auto status = node.find("status")) {
    fault.status = static_cast<int>(status->integer(100, 599));
  }
  read_error(node, fault);
  if (const auto body = node.find("body")) {
    fault.text = body->is_text() ? body->text() : to_json(body->value());
  }
}

void read_garbage(const Node& node, Fault& fault) {
  if (const auto part = node.find("part")) {
    fault.breaks_http = part->word({"body", "http"}) == 1;
  }
  fault.text = fault.breaks_http ? "\x01\x02SSH-2.0-none\r\n\r\n{]" : "<html>{\"mac\": </html>";
}

void read_identity_swap(const Node& node, Fault& fault) {
  std::string text;
  node.read("mac", text);
  const auto mac = parse_mac(text);
  if (!mac) node.fail("\"mac\" must be 12 hexadecimal digits");
  fault.mac = *mac;
  node.read("id", fault.id);
}

void read_challenge(const Node& node, Fault& fault) {
  static constexpr const char* kChallenges[] = {
      "Basic realm=\"{id}\"",
      "Digest qop=\"auth\", realm=\"{id}\", nonce=\"1694692867\", "
      "algorithm=MD5",
      "NTLM",
      "Digest qop=\"auth\", realm=\"shellyplus1-000000000000\", "
      "nonce=\"1694692867\", "
      "algorithm=SHA-256",
  };
  fault.text = kChallenges[0];
  if (const auto scheme = node.find("scheme")) {
    fault.text = kChallenges[scheme->word({"basic", "md5", "ntlm", "realm"})];
  }
  node.read("header", fault.text);
}

void read_raw(const Node& node, Fault& fault) {
  node.read("text", fault.text);
  if (const auto file = node.find("file")) {
    std::ifstream stream(file->text(), std::ios::binary);
    if (!stream) file->fail("cannot be read");
    std::ostringstream content;
    content << stream.rdbuf();
    fault.text = content.str();
  }
  if (fault.text.empty()) node.fail("\"text\" or \"file\" must give something to send");
  read_count(node, "repeat", fault.lines, kMaxBytes / fault.text.size());
}

void read_redirect(const Node& node, Fault& fault) {
  fault.status = 302;
  fault.text = "http://{ip}/rpc/Shelly.GetDeviceInfo";
  if (const auto status = node.find("status")) {
    fault.status = static_cast<int>(status->integer(300, 399));
  }
  node.read("location", fault.text);
}

void read_truncate(const Node& node, Fault& fault) {
  fault.bytes = 100;
  read_count(node, "bytes", fault.bytes, kMaxBytes);
}

void read_drip(const Node& node, Fault& fault) {
  fault.bytes = 1;
  read_count(node, "bytes", fault.bytes, kMaxBytes);
  double milliseconds = 100;
  node.read("interval_ms", milliseconds, 0.001, 1e7);
  fault.interval = milliseconds / 1000;
}

void read_headers(const Node& node, Fault& fault) {
  fault.bytes = 32768;
  read_count(node, "bytes", fault.bytes, kMaxBytes);
  read_count(node, "lines", fault.lines, kMaxBytes / fault.bytes);
}

void read_nothing(const Node&, Fault&) {}

struct KindReader {
  std::vector<const char*> keys;  ///< beside those that every fault has
  void (*read)(const Node&, Fault&);
};

const KindReader& reader_of(FaultKind kind) {
  static const KindReader kStatus{{"status", "code", "message", "body"}, &read_status_fault};
  static const KindReader kError{{"code", "message"}, &read_error};
  static const KindReader kTruncate{{"bytes"}, &read_truncate};
  static const KindReader kGarbage{{"part"}, &read_garbage};
  static const KindReader kDrip{{"bytes", "interval_ms"}, &read_drip};
  static const KindReader kMac{{"mac", "id"}, &read_identity_swap};
  static const KindReader kHeaders{{"bytes", "lines"}, &read_headers};
  static const KindReader kRedirect{{"status", "location"}, &read_redirect};
  static const KindReader kChallenge{{"scheme", "header"}, &read_challenge};
  static const KindReader kRaw{{"text", "file", "repeat"}, &read_raw};
  static const KindReader kPlain{{}, &read_nothing};
  switch (kind) {
    case FaultKind::status:
      return kStatus;
    case FaultKind::error:
      return kError;
    case FaultKind::truncate:
      return kTruncate;
    case FaultKind::garbage:
      return kGarbage;
    case FaultKind::drip:
      return kDrip;
    case FaultKind::mac:
      return kMac;
    case FaultKind::headers:
      return kHeaders;
    case FaultKind::redirect:
      return kRedirect;
    case FaultKind::challenge:
      return kChallenge;
    case FaultKind::raw:
      return kRaw;
    case FaultKind::hang:
    case FaultKind::reset:
    case FaultKind::close:
    case FaultKind::endless:
      break;
  }
  return kPlain;
}

FaultKind read_kind(const Node& node) {
  const auto kind = node.find("kind");
  if (!kind) node.fail("\"kind\" is missing");
  std::vector<const char*> names;
  for (int i = 0; i <= static_cast<int>(FaultKind::raw); ++i) {
    names.push_back(name_of(static_cast<FaultKind>(i)));
  }
  return static_cast<FaultKind>(kind->word(names));
}

/// What the calls are counted of when the fault does not say it.
RpcSet default_rpcs(FaultKind kind) {
  RpcSet rpcs;
  if (kind != FaultKind::mac) return rpcs.set();
  return rpcs.set(index_of(Rpc::get_device_info)).set(index_of(Rpc::shelly_page));
}

}  // namespace

RpcSet read_rpcs(const Node& node) {
  RpcSet rpcs;
  if (node.is_array()) {
    for (const Node& item : node.items())
      rpcs |= read_rpcs(item);
    return rpcs;
  }
  const std::string name = node.text();
  if (name == "*") return rpcs.set();
  const auto rpc = rpc_named(name);
  if (!rpc) node.fail("no such RPC: " + name + "; \"*\" stands for all");
  return rpcs.set(index_of(*rpc));
}

Fault read_fault(const Node& node) {
  if (!node.is_object()) node.fail("must be an object");
  Fault fault;
  fault.kind = read_kind(node);
  const KindReader& reader = reader_of(fault.kind);
  std::vector<const char*> keys = {"kind", "rpc", "from", "count"};
  if (replaces_answer(fault)) keys.push_back("executed");
  keys.insert(keys.end(), reader.keys.begin(), reader.keys.end());
  node.expect_keys(keys);
  const auto rpc = node.find("rpc");
  fault.rpcs = rpc ? read_rpcs(*rpc) : default_rpcs(fault.kind);
  if (const auto from = node.find("from")) {
    fault.from = static_cast<std::uint32_t>(from->integer(1, kMaxCount));
  }
  if (const auto count = node.find("count")) {
    fault.count = static_cast<std::uint32_t>(count->integer(1, kMaxCount));
  }
  node.read("executed", fault.executed);
  reader.read(node, fault);
  if (fault.kind == FaultKind::error && !fault.error) node.fail("\"code\" is missing");
  return fault;
}

}  // namespace sim
