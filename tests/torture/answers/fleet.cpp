#include "fleet.hpp"

#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace answers {

namespace {

/// As a JSON string, a byte that is no printable ASCII as its number.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    char escaped[8];
    if (c < ' ' || c > '~' || c == '"' || c == '\\')
      std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned char>(c));
    else
      std::snprintf(escaped, sizeof escaped, "%c", c);
    out += escaped;
  }
  return out + "\"";
}

std::string list(const std::vector<std::string>& texts) {
  std::string out = "[";
  for (const std::string& text : texts)
    out += (out.size() > 1 ? "," : "") + quoted(text);
  return out + "]";
}

void flush(std::ofstream& out, const std::string& path) {
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

}  // namespace

Fleet::Fleet(const std::vector<std::string>& specs, std::uint32_t base, const std::string& trap,
             bool keeps_trace)
    : base_(base), trap_(trap), keeps_trace_(keeps_trace) {
  for (const std::string& spec : specs)
    add(spec);
}

void Fleet::add(const std::string& spec) {
  const std::size_t equals = spec.find('=');
  const std::string name = spec.substr(0, equals);
  if (name == "random") return add_random(spec);
  for (const Attack& attack : attacks()) {
    if (attack.name != name) continue;
    if (equals != std::string::npos) {
      const std::size_t at = spec.find('@', equals);
      conversations_.emplace_back(Plan::of(attack, std::stoul(spec.substr(equals + 1)),
                                           static_cast<unsigned>(std::stoul(spec.substr(at + 1)))),
                                  trap_, keeps_trace_);
      return;
    }
    for (std::size_t variant = 0; variant < Plan::variants_of(attack); ++variant)
      for (unsigned call = 1; call <= Plan::kCalls; ++call)
        conversations_.emplace_back(Plan::of(attack, variant, call), trap_, keeps_trace_);
    return;
  }
  throw std::invalid_argument(spec + ": there is no such conversation");
}

void Fleet::add_random(const std::string& spec) {
  const std::size_t star = spec.find('*');
  const std::uint64_t first = std::stoull(spec.substr(spec.find('=') + 1));
  const std::size_t count = star == std::string::npos ? 1 : std::stoul(spec.substr(star + 1));
  for (std::size_t i = 0; i < count; ++i)
    conversations_.emplace_back(Plan::random(first + i), trap_, keeps_trace_);
}

Conversation* Fleet::find(std::uint32_t address) {
  const std::uint32_t index = address - base_;
  return index < conversations_.size() ? &conversations_[index] : nullptr;
}

void Fleet::tell(const std::string& path) const {
  std::ofstream out(path);
  for (const Conversation& c : conversations_)
    out << "{\"name\":" << quoted(c.plan().name) << ",\"mac\":\"" << c.mac() << "\"}\n";
  flush(out, path);
}

void Fleet::report(const std::string& path, unsigned trapped) const {
  std::ofstream out(path);
  out.precision(12);
  out << "{\"trapped\":" << trapped << "}\n";
  for (const Conversation& c : conversations_) {
    const Witness& witness = c.witness();
    out << "{\"name\":" << quoted(c.plan().name) << ",\"mac\":\"" << c.mac()
        << "\",\"connections\":" << c.connections << ",\"calls\":" << c.calls()
        << ",\"odd\":" << c.odd_answers() << ",\"logins\":" << witness.logins()
        << ",\"updates\":" << witness.updates() << ",\"longest\":" << c.longest
        << ",\"complaints\":" << list(witness.complaints()) << ",\"trace\":" << list(c.trace())
        << "}\n";
  }
  flush(out, path);
}

}  // namespace answers
