#include <limits>
#include <vector>

#include "json_node.hpp"
#include "settings_reader.hpp"
#include "tls_fault.hpp"

namespace sim {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{16} << 20;

void read_number(const Node& node, const char* key, std::uint32_t& target, std::uint32_t min) {
  if (const auto number = node.find(key)) {
    target = static_cast<std::uint32_t>(number->integer(min, TlsFault::kAll));
  }
}

std::vector<const char*> keys_of(TlsFaultKind kind) {
  switch (kind) {
    case TlsFaultKind::key:
      return {"certificate"};
    case TlsFaultKind::alert:
      return {"alert"};
    case TlsFaultKind::close:
    case TlsFaultKind::reset:
    case TlsFaultKind::hang:
      return {"after_bytes"};
    case TlsFaultKind::drip:
      return {"bytes", "interval_ms"};
    case TlsFaultKind::downgrade:
      return {"version"};
    case TlsFaultKind::garbage:
    case TlsFaultKind::http:
    case TlsFaultKind::endless:
      break;
  }
  return {};
}

TlsFaultKind read_kind(const Node& node) {
  const auto kind = node.find("kind");
  if (!kind) node.fail("\"kind\" is missing");
  std::vector<const char*> names;
  for (int i = 0; i <= static_cast<int>(TlsFaultKind::endless); ++i) {
    names.push_back(name_of(static_cast<TlsFaultKind>(i)));
  }
  return static_cast<TlsFaultKind>(kind->word(names));
}

void read_when(const Node& node, TlsFault& fault) {
  read_number(node, "from", fault.from, 1);
  read_number(node, "count", fault.count, 1);
  fault.rpcs.set();
  if (const auto rpc = node.find("rpc")) {
    fault.rpcs = read_rpcs(*rpc);
    fault.after_calls = 1;
  }
  read_number(node, "after_calls", fault.after_calls, 0);
  read_number(node, "for_calls", fault.for_calls, 1);
  node.read("after_seconds", fault.after_seconds, 0, kMaxSeconds);
  node.read("for_seconds", fault.for_seconds, 0, kMaxSeconds);
}

void read_what(const Node& node, TlsFault& fault) {
  if (const auto certificate = node.find("certificate")) {
    read_certificate(*certificate, fault.certificate.emplace());
  }
  if (const auto alert = node.find("alert")) {
    fault.alert = static_cast<std::uint8_t>(alert->integer(0, 255));
  }
  if (fault.kind == TlsFaultKind::drip) fault.bytes = 1;
  if (const auto bytes = node.find("bytes")) fault.bytes = bytes->integer(1, kMaxBytes);
  if (const auto bytes = node.find("after_bytes")) fault.bytes = bytes->integer(0, kMaxBytes);
  double milliseconds = 100;
  node.read("interval_ms", milliseconds, 0.001, 1e7);
  fault.interval = milliseconds / 1000;
  if (const auto version = node.find("version")) {
    fault.minor_version = static_cast<std::uint8_t>(1 + version->word({"1.0", "1.1"}));
  }
}

}  // namespace

TlsFault read_tls_fault(const Node& node) {
  if (!node.is_object()) node.fail("must be an object");
  TlsFault fault;
  fault.kind = read_kind(node);
  std::vector<const char*> keys = {"kind",        "from",      "count",         "rpc",
                                   "after_calls", "for_calls", "after_seconds", "for_seconds"};
  for (const char* key : keys_of(fault.kind))
    keys.push_back(key);
  node.expect_keys(keys);
  read_when(node, fault);
  read_what(node, fault);
  return fault;
}

}  // namespace sim
