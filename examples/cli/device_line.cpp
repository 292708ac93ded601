#include "device_line.hpp"

#include <algorithm>
#include <stage3/text.hpp>
#include <string_view>
#include <vector>

namespace cli {
namespace {

using stage3::DeviceResult;
using stage3::FriendlyStatus;
using stage3::OtaStatus;
using stage3::UpdateState;

constexpr std::string_view kEllipsis = "...";
constexpr std::size_t kModelColumns = 20;
constexpr std::size_t kPlaceColumns = 32;  // of an address that is none
constexpr std::size_t kNameColumns = 64;
constexpr std::size_t kLeastNameColumns = 4;
constexpr std::size_t kErrorWords = 24;  // of an error, that say what it is
constexpr std::size_t kLeastErrorColumns = 8;

constexpr const char* kRed = "\x1b[31m";
constexpr const char* kGreen = "\x1b[32m";
constexpr const char* kYellow = "\x1b[33m";
constexpr const char* kReset = "\x1b[0m";

/// Length in bytes of the code point at the front of valid UTF-8.
std::size_t code_point_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t length = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return std::min(length, text.size());
}

char32_t code_point(std::string_view bytes) {
  static constexpr unsigned char kLeadBits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
  char32_t value = static_cast<unsigned char>(bytes.front()) & kLeadBits[bytes.size()];
  for (const char byte : bytes.substr(1))
    value = (value << 6) | (static_cast<unsigned char>(byte) & 0x3FU);
  return value;
}

std::size_t columns_of(char32_t c) {
  const auto within = [c](char32_t first, char32_t last) { return c >= first && c <= last; };
  if (within(0x300, 0x36F) || within(0xFE00, 0xFE0F))
    return 0;  // combining marks, variation selectors
  const bool wide = within(0x1100, 0x115F) || within(0x231A, 0x23FF) || within(0x25FD, 0x27BF) ||
                    within(0x2B1B, 0x2B55) || within(0x2E80, 0xA4CF) || within(0xA960, 0xA97F) ||
                    within(0xAC00, 0xD7A3) || within(0xF900, 0xFAFF) || within(0xFE10, 0xFE6F) ||
                    within(0xFF00, 0xFF60) || within(0xFFE0, 0xFFE6) || within(0x16FE0, 0x18DFF) ||
                    within(0x1AFF0, 0x1B2FF) || within(0x1F000, 0x3FFFD);
  return wide ? 2 : 1;
}

/// The columns that valid UTF-8 without control characters takes on a terminal, without asking a
/// locale: where fonts differ, the wider figure.
std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const std::size_t length = code_point_length(text);
    columns += columns_of(code_point(text.substr(0, length)));
    text.remove_prefix(length);
  }
  return columns;
}

/// Length in bytes of the longest start of `text` that takes at most `columns`.
std::size_t fitting_length(std::string_view text, std::size_t columns) {
  std::size_t length = 0;
  std::size_t used = 0;
  while (length < text.size()) {
    const std::string_view next = text.substr(length, code_point_length(text.substr(length)));
    used += columns_of(code_point(next));
    if (used > columns) break;
    length += next.size();
  }
  return length;
}

std::string shortened(const std::string& text, std::size_t columns) {
  if (display_width(text) <= columns) return text;
  return text.substr(0, fitting_length(text, columns - kEllipsis.size())).append(kEllipsis);
}

/// The end of `<part>: HTTP nnn` if that is what the error begins with, else 0.
std::size_t status_end(std::string_view error) {
  static constexpr std::string_view kStatus = ": HTTP ";
  const std::size_t colon = error.find(':');
  if (colon == std::string_view::npos || error.substr(colon, kStatus.size()) != kStatus) return 0;
  return std::min(colon + kStatus.size() + 3, error.size());
}

/// Shortens joined errors at the end. A `<part>: HTTP nnn` is never cut: the first one stays even
/// if it is too long, any other stays whole or goes.
std::string shortened_errors(const std::string& text, std::size_t columns) {
  static constexpr std::string_view kSeparator = "; ";
  if (display_width(text) <= columns) return text;
  std::size_t cut = fitting_length(text, std::max(columns, kLeastErrorColumns) - kEllipsis.size());
  const std::size_t first = status_end(text);
  if (cut < first) return text.substr(0, first);
  const std::size_t separator = text.rfind(kSeparator, cut);
  if (separator != std::string::npos) {
    const std::size_t last = separator + kSeparator.size();
    if (cut < last + status_end(std::string_view(text).substr(last))) cut = separator;
  }
  return text.substr(0, cut).append(kEllipsis);
}

OtaStatus shown_status(const DeviceResult& result) {
  return result.ota_status.value_or(OtaStatus::error);  // an entry that could not be used
}

const char* color_of(OtaStatus status) {
  switch (status) {
    case OtaStatus::up_to_date:
    case OtaStatus::skipped:
      return kGreen;
    case OtaStatus::update_available:
      return kYellow;
    default:
      return kRed;
  }
}

std::string place_of(const DeviceResult& result) {
  const stage3::Device& device = result.device;
  if (device.defect.empty()) return device.address.to_string();
  const std::string& text = device.address_text.empty() ? device.key : device.address_text;
  return shortened(stage3::escape(text), kPlaceColumns);
}

std::string name_of(const DeviceResult& result, bool dry_run) {
  switch (result.friendly_status.value_or(FriendlyStatus::skipped)) {
    case FriendlyStatus::ok:
      if (dry_run && result.name_changed)
        return result.previous_name.value_or("?") + " -> " + result.wanted_name;
      return result.device_name.value_or(result.wanted_name);
    case FriendlyStatus::error:
      return result.wanted_name;
    default:
      return {};
  }
}

std::size_t name_columns(bool dry_run) {
  return dry_run ? 2 * kNameColumns : kNameColumns;
}

std::string friendly_part(const DeviceResult& result, bool dry_run, std::size_t columns) {
  if (!result.friendly_status) return {};
  std::string part = std::string(" | Friendly=") + to_string(*result.friendly_status);
  const std::string name = stage3::escape(name_of(result, dry_run));
  if (!name.empty()) part += " (" + shortened(name, columns) + ')';
  return part;
}

std::string firmware(const std::string& from, const std::string& to) {
  return " | FW=" + stage3::escape(from) + " -> " + stage3::escape(to);
}

/// What became of the device's firmware, or what is on offer for it: the longest first of the ways
/// to say it.
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
  if (result.update_sent) return {offer + " sent", offer, " | sent"};
  if (!result.update_held) return {offer};
  if (result.held.empty()) return {offer + " held", offer, " | held"};
  const std::string why = " held: " + stage3::escape(result.held);
  return {offer + why, " |" + why, offer + " held", offer, " | held"};
}

/// The part about the name, with what a name of so many columns leaves out.
std::string with_shorter_name(const DeviceResult& result, bool dry_run, std::size_t excess) {
  const std::size_t whole =
      std::min(display_width(stage3::escape(name_of(result, dry_run))), name_columns(dry_run));
  if (whole <= kLeastNameColumns) return friendly_part(result, dry_run, whole);
  return friendly_part(result, dry_run, whole - std::min(excess, whole - kLeastNameColumns));
}

/// Its first error is one of an update that has ended badly.
bool has_failed_update(const DeviceResult& result) {
  if (result.errors.empty()) return false;
  const stage3::Cause cause = result.errors.front().cause;
  return cause == stage3::Cause::not_installed || cause == stage3::Cause::lost;
}

/// All behind the status, in so many columns. The end of a name gives way to what became of an
/// update, and so does the end of an error that is not about that.
std::string what_is_told(const DeviceResult& result, bool dry_run, std::size_t columns) {
  static constexpr std::string_view kError = " | ERR=";
  const std::string error = stage3::escape(result.error_text());
  const std::vector<std::string> parts = firmware_parts(result);
  const std::size_t mark = parts.size() > 1 ? display_width(parts.back()) : 0;
  const std::size_t words =
      has_failed_update(result) ? std::min(display_width(error), kErrorWords) : 0;
  const std::size_t needed = mark + (words == 0 ? 0 : kError.size() + words);

  std::string told = friendly_part(result, dry_run, name_columns(dry_run));
  const std::size_t wanted = display_width(told) + needed;
  if (needed > 0 && wanted > columns) told = with_shorter_name(result, dry_run, wanted - columns);
  const auto left = [&] {
    const std::size_t used = display_width(told);
    return columns > used ? columns - used : 0;
  };
  if (!error.empty()) {
    told += kError;
    told += shortened_errors(error, left() > mark ? left() - mark : 0);
  }
  const auto fitting = std::find_if(parts.begin(), parts.end(), [&](const std::string& part) {
    return display_width(part) <= left();
  });
  if (fitting != parts.end()) told += *fitting;
  return told;
}

}  // namespace

std::string device_line(const DeviceResult& result, const LineStyle& style) {
  const OtaStatus status = shown_status(result);
  const std::string& model = result.device.model.empty() ? result.app : result.device.model;
  const std::string who = ' ' +
                          (model.empty() ? "?" : shortened(stage3::escape(model), kModelColumns)) +
                          " @ " + place_of(result) + " - ";
  const std::string ota =
      std::string("OTA=") +
      (status == OtaStatus::update_available ? "updateable" : to_string(status));
  const std::size_t used = 1 + display_width(who) + ota.size();
  const std::string rest =
      what_is_told(result, style.dry_run, style.columns > used ? style.columns - used : 0);

  const std::string on = style.colored ? color_of(status) : "";
  const std::string off = style.colored ? kReset : "";
  return on + "●" + off + who + on + ota + off + rest;
}

}  // namespace cli
