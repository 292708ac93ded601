#include "failures.hpp"

#include <algorithm>
#include <stage3/error_info.hpp>
#include <stage3/text.hpp>

#include "line_parts.hpp"
#include "wrapped.hpp"

namespace cli {
namespace {

using stage3::DeviceResult;

constexpr std::size_t kWhole = 400;  // columns of an address that is none, and of a model
constexpr std::size_t kIndent = 4;

/// `S2PMG3 @ 192.168.1.35 (Name)`, as far as that is known.
std::string who(const DeviceResult& result) {
  const std::string& entry = result.device.wanted_name.text;
  const std::string name = !result.wanted_name.empty() ? result.wanted_name
                           : !entry.empty()            ? entry
                                                       : result.device_name.value_or("");
  return model_part(result, kWhole) + " @ " + place_part(result, kWhole) +
         (name.empty() ? name : " (" + stage3::escape(name) + ')');
}

}  // namespace

void Failures::add(const DeviceResult& result) {
  for (const stage3::DeviceError& error : result.errors) {
    const stage3::ErrorInfo& info = stage3::error_info(error);
    constexpr auto kLanguage = static_cast<std::size_t>(stage3::Language::en);
    Cause& cause = by_cause_[info.id];
    cause.meaning = info.meaning[kLanguage];
    cause.advice = info.advice[kLanguage];
    cause.devices.push_back(who(result) + ": " + stage3::escape(error.text));
  }
}

std::string Failures::text(std::size_t columns) const {
  std::vector<std::map<std::string, Cause>::const_iterator> causes;
  for (auto cause = by_cause_.begin(); cause != by_cause_.end(); ++cause)
    causes.push_back(cause);
  std::stable_sort(causes.begin(), causes.end(), [](const auto& a, const auto& b) {
    return a->second.devices.size() > b->second.devices.size();
  });
  std::string out;
  const auto line = [&](const std::string& text) {
    out += (out.empty() ? "" : "\n") + wrapped(text, columns, kIndent);
  };
  for (const auto& entry : causes) {
    const auto& [id, cause] = *entry;
    const std::size_t count = cause.devices.size();
    line(id + ": " + std::to_string(count) + (count == 1 ? " device" : " devices"));
    line("  " + cause.meaning);
    line("  To do: " + cause.advice);
    for (const std::string& device : cause.devices)
      line("  - " + device);
  }
  return out;
}

}  // namespace cli
