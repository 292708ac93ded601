#include "report/facts.hpp"

#include <array>

#include <stage3/error_info.hpp>

namespace stage3::report {
namespace {

/// A part of the work as texts begin with it and as ids do.
struct PartWord {
  std::string_view in_text;
  std::string_view in_id;
};
constexpr std::array<PartWord, 6> kParts{{{"reach", "reach"},
                                          {"identity", "identity"},
                                          {"auth", "auth"},
                                          {"OTA", "ota"},
                                          {"friendly", "friendly"},
                                          {"entry", "entry"}}};

}  // namespace

const OnRecord& on_record(const Device& device) {
  static const OnRecord kNothing;
  return device.on_record ? *device.on_record : kNothing;
}

std::string_view name_of(const Device& device) {
  if (!device.wanted_name.text.empty()) return device.wanted_name.text;
  const auto& name = on_record(device).device_name;
  return name && !name->empty() ? std::string_view(*name) : std::string_view(device.key);
}

std::string_view error_of(const Device& device) {
  return device.defect.empty() ? on_record(device).error : device.defect;
}

std::string_view failure_id(const Device& device) {
  if (!device.defect.empty()) return "entry.bad_value";
  const std::string_view ids = on_record(device).error_id;
  const std::string_view first = ids.substr(0, ids.find(' '));
  if (const ErrorInfo* info = find_error_info(first)) return info->id;
  // A file that an earlier version has written has only the text, which begins with the part.
  const std::string_view text = error_of(device);
  for (const PartWord& part : kParts) {
    const std::size_t size = part.in_text.size();
    if (text.substr(0, size) == part.in_text && text.substr(size, 1) == ":") return part.in_id;
  }
  return "other";
}

UpdateState update_state(const Device& device) {
  const auto& ota = on_record(device).ota;
  return ota ? ota->state : UpdateState::none;
}

}  // namespace stage3::report
