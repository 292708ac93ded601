#include "line_parts.hpp"

#include <algorithm>
#include <stage3/error_info.hpp>
#include <stage3/text.hpp>
#include <string_view>

namespace cli {
namespace {

using stage3::DeviceResult;
using stage3::display_width;
using stage3::FriendlyStatus;
using stage3::OtaStatus;
using stage3::UpdateState;

constexpr std::size_t kLeastNameColumns = 5;
constexpr std::string_view kArrow = " -> ";
constexpr std::string_view kNothing = "...";  // is left of a name whose first character is too wide
constexpr const char* kError = " | ERR=";

/// Escaped, and so that nothing in it looks like the beginning of another part of the line.
std::string shown(const std::string& text) {
  std::string out = stage3::escape(text);
  for (const std::string_view part : {"| Friendly=", "| ERR=", "| FW=", "- OTA="}) {
    const char* first = part.front() == '|' ? "\\x7c" : "\\x2d";
    for (std::size_t at = out.find(part); at != std::string::npos; at = out.find(part, at))
      out.replace(at, 1, first);
  }
  return out;
}

/// The name, and for one that was written what the device was called before.
struct Name {
  std::string now;
  std::string before;
  bool is_changed = false;

  bool empty() const { return now.empty() && !is_changed; }
  std::string whole() const { return is_changed ? before + std::string(kArrow) + now : now; }
};

Name name_of(const DeviceResult& result) {
  switch (result.friendly_status.value_or(FriendlyStatus::skipped)) {
    case FriendlyStatus::ok:
      if (result.name_changed)
        return {shown(result.wanted_name), shown(result.previous_name.value_or("?")), true};
      return {shown(result.device_name.value_or(result.wanted_name)), {}};
    case FriendlyStatus::error:
      return {shown(result.wanted_name), {}};
    default:
      return {};
  }
}

/// The name in so many columns, empty where they are too few to tell anything.
std::string shortened(const Name& name, std::size_t columns) {
  std::string whole = name.whole();
  if (display_width(whole) <= columns) return whole;
  if (!name.is_changed) {
    const std::string cut = stage3::shortened(whole, columns);
    return columns < kLeastNameColumns || cut == kNothing ? std::string() : cut;
  }
  const std::size_t others = kArrow.size() + display_width(name.now);
  if (columns >= others + kLeastNameColumns)
    return stage3::shortened(name.before, columns - others).append(kArrow).append(name.now);
  const std::string_view arrow = kArrow.substr(1);
  const bool fits = columns >= arrow.size() + std::min(kLeastNameColumns, display_width(name.now));
  if (!fits) return {};
  return std::string(arrow) + stage3::shortened(name.now, columns - arrow.size());
}

/// The short form; an HTTP status stays what scripts look for, `<part>: HTTP nnn`, where there is
/// room with the code of the RPC error behind it.
std::string in_short(const stage3::DeviceError& error, bool has_room) {
  constexpr int kLeastCode = -99999;
  std::string status = to_string(error.part) + (": HTTP " + std::to_string(error.http_status));
  const bool is_answer = error.cause == stage3::Cause::http || error.cause == stage3::Cause::rpc;
  if (!is_answer || error.http_status == 0) return stage3::short_form(error);
  const bool is_code_short = error.rpc_code >= kLeastCode && error.rpc_code <= -kLeastCode;
  if (!has_room || error.rpc_code == 0 || !is_code_short) return status;
  return status + " (" + std::to_string(error.rpc_code) + ')';
}

std::string firmware(const std::string& from, const std::string& to) {
  return " | FW=" + shown(from) + std::string(kArrow) + shown(to);
}

}  // namespace

OtaStatus shown_status(const DeviceResult& result) {
  return result.ota_status.value_or(OtaStatus::error);
}

std::string model_part(const DeviceResult& result, std::size_t columns) {
  const std::string& model = result.device.model.empty() ? result.app : result.device.model;
  return model.empty() ? "?" : stage3::shortened(shown(model), columns);
}

std::string place_part(const DeviceResult& result, std::size_t columns) {
  const stage3::Device& device = result.device;
  if (device.defect.empty()) return device.address.to_string();
  const std::string& text = device.address_text.empty() ? device.key : device.address_text;
  return stage3::shortened(shown(text), columns);
}

std::size_t least_name_width(const DeviceResult& result) {
  const std::size_t least =
      name_of(result).is_changed ? kArrow.size() - 1 + kLeastNameColumns : kLeastNameColumns;
  return std::min(least, name_width(result, kAnyWidth));
}

std::size_t name_width(const DeviceResult& result, std::size_t most) {
  const Name name = name_of(result);
  return std::min(display_width(name.whole()), name.is_changed ? 2 * most + kArrow.size() : most);
}

std::string friendly_part(const DeviceResult& result, std::size_t name_columns) {
  if (!result.friendly_status) return {};
  const std::string part = std::string(" | Friendly=") + to_string(*result.friendly_status);
  const std::string name = shortened(name_of(result), name_columns);
  return name.empty() ? part : part + " (" + name + ')';
}

std::vector<std::string> error_parts(const DeviceResult& result) {
  if (result.errors.empty()) return {{}};
  std::string all;
  for (const stage3::DeviceError& error : result.errors)
    all += (all.empty() ? "" : "; ") + in_short(error, true);
  std::vector<std::string> parts = {kError + shown(result.error_text()), kError + all};
  const char* more = result.errors.size() > 1 ? "..." : "";
  parts.push_back(kError + in_short(result.errors.front(), false) + more);
  return parts;
}

std::vector<std::string> firmware_parts(const DeviceResult& result) {
  const bool has_record = result.ota != nullptr;
  if (result.update_ended && has_record && result.ota->state == UpdateState::updated)
    return {firmware(result.ota->from, result.ota->to) + " updated", " | updated"};
  if (has_record && result.ota->state == UpdateState::sent && !result.update_sent) {
    const std::string when =
        " started " + stage3::in_words(result.finished_at - result.ota->sent_at) + " ago";
    return {firmware(result.ota->from, result.ota->to) + when, " |" + when, " | started"};
  }
  if (shown_status(result) != OtaStatus::update_available || result.update.empty()) return {};
  const std::string offer = firmware(result.fw, result.update);
  if (result.update_sent) return {offer + " sent", " | sent"};
  if (!result.update_held) return {offer};
  if (result.held.empty()) return {offer + " held", " | held"};
  const std::string why = " held: " + shown(result.held);
  return {offer + why, " |" + why, offer + " held", " | held"};
}

}  // namespace cli
