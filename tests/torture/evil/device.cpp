#include "device.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <stdexcept>

#include "answers.hpp"

namespace evil {

namespace {

constexpr unsigned long long kFirstMac = 0xE0E000000001;

std::string mac_of(std::size_t index) {
  char text[13];
  std::snprintf(text, sizeof text, "%012llX", kFirstMac + index);
  return text;
}

/// Cuts off and returns what follows the last `mark`; empty if there is none.
std::string cut_after(std::string& text, char mark) {
  const std::size_t at = text.rfind(mark);
  if (at == std::string::npos) return {};
  std::string out = text.substr(at + 1);
  text.resize(at);
  return out;
}

void count(Device& device, const serving::Request& request) {
  const bool has_authorization = !request.authorization.empty();
  device.authorizations += has_authorization;
  device.logins_to_stranger += has_authorization && device.is_stranger;
  if (shelly::writes_name(request.rpc)) {
    ++device.writes;
    device.writes_to_stranger += device.is_stranger;
    if (device.told_at > 0)
      device.slowest_write = std::max(device.slowest_write, serving::monotonic() - device.told_at);
  }
  if (shelly::starts_update(request.rpc)) {
    ++device.updates;
    device.updates_to_stranger += device.is_stranger;
  }
}

}  // namespace

serving::Script Device::answer(const serving::Request& request) {
  const Exchange exchange{*this, request.rpc, request.authorization, *settings};
  ++calls;
  if (request.rpc != last_rpc) ++step;
  last_rpc = request.rpc;
  serving::Script script = is_struck_now() ? kind(exchange) : only(good_answer(exchange));
  count(*this, request);
  return script;
}

bool Device::is_struck_now() const {
  if (strikes_at == "later") return !shelly::asks_identity(last_rpc);
  return strikes_at == "*" || strikes_at == last_rpc || strikes_at == std::to_string(step);
}

Fleet::Fleet(const std::vector<std::string>& specs, std::uint32_t base, const Settings& settings)
    : base_(base), settings_(settings) {
  for (const std::string& spec : specs)
    add(spec);
}

void Fleet::add(const std::string& spec) {
  std::string rest = spec;
  const std::string count = cut_after(rest, '*');
  const std::string kind_name = rest;
  const std::string where = cut_after(rest, '@');
  const std::string argument = cut_after(rest, '=');
  const std::size_t of = count.empty() ? 1 : std::stoul(count);
  const Kind kind = find_kind(rest);
  if (kind == nullptr) {
    std::string known;
    for (const std::string& name : kind_names())
      known += " " + name;
    throw std::invalid_argument(spec + ": there is no such kind; there are" + known);
  }
  for (std::size_t number = 0; number < of; ++number) {
    Device& device = devices_.emplace_back();
    device.settings = &settings_;
    device.kind = kind;
    device.kind_name = kind_name;
    if (!where.empty()) device.strikes_at = where;
    device.argument = argument.empty() ? 0 : static_cast<unsigned>(std::stoul(argument));
    device.index = devices_.size() - 1;
    device.number = number;
    device.of = of;
    device.self.mac = mac_of(device.index);
    device.self.name = kOldName;
    device.self.auth_en = number % 2 == 1;
  }
}

Device* Fleet::find(std::uint32_t address) {
  const std::uint32_t index = address - base_;
  return index < devices_.size() ? &devices_[index] : nullptr;
}

void Fleet::report(const std::string& path, unsigned trapped) const {
  std::ofstream out(path);
  out << "{\"trapped\":" << trapped << "}\n";
  for (const Device& d : devices_) {
    const auto number = [&out](const char* name, auto value) {
      out << ",\"" << name << "\":" << value;
    };
    out.precision(12);
    out << "{\"kind\":\"" << d.kind_name << "\",\"mac\":\"" << d.self.mac << '"';
    number("connections", d.connections);
    number("calls", d.calls);
    number("challenges", d.challenges);
    number("authorizations", d.authorizations);
    number("writes", d.writes);
    number("updates", d.updates);
    number("writes_to_stranger", d.writes_to_stranger);
    number("updates_to_stranger", d.updates_to_stranger);
    number("logins_to_stranger", d.logins_to_stranger);
    number("began", d.began);
    number("longest", d.longest);
    number("slowest_write", d.slowest_write);
    out << "}\n";
  }
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace evil
