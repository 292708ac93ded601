#include "device.hpp"

#include <cstdio>
#include <ctime>
#include <fstream>
#include <stdexcept>

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

}  // namespace

double monotonic() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

Fleet::Fleet(const std::vector<std::string>& specs, std::uint32_t base) : base_(base) {
  for (const std::string& spec : specs)
    add(spec);
}

void Fleet::add(const std::string& spec) {
  Device device;
  std::string rest = spec;
  const std::string count = cut_after(rest, '*');
  device.kind_name = rest;
  const std::string rpc = cut_after(rest, '@');
  const std::string argument = cut_after(rest, '=');
  if (!rpc.empty()) device.strikes_at = rpc;
  device.argument = argument.empty() ? 0 : static_cast<unsigned>(std::stoul(argument));
  device.of = count.empty() ? 1 : std::stoul(count);
  device.kind = find_kind(rest);
  if (device.kind == nullptr) {
    std::string known;
    for (const std::string& name : kind_names())
      known += " " + name;
    throw std::invalid_argument(spec + ": there is no such kind; there are" + known);
  }
  for (device.number = 0; device.number < device.of; ++device.number) {
    device.index = devices_.size();
    device.mac = mac_of(device.index);
    device.says_auth_en = device.number % 2 == 1;
    devices_.push_back(device);
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
    out << "{\"kind\":\"" << d.kind_name << "\",\"mac\":\"" << d.mac << '"';
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
