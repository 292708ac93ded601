#include "device_line.hpp"

#include <algorithm>
#include <stage3/text.hpp>
#include <string_view>
#include <vector>

#include "line_parts.hpp"

namespace cli {
namespace {

using stage3::DeviceResult;
using stage3::display_width;
using stage3::OtaStatus;

constexpr std::size_t kDotColumns = 1;
constexpr std::size_t kNameColumns = 64;
constexpr std::size_t kModelColumns = 20;
constexpr std::size_t kLeastModelColumns = 4;
constexpr std::size_t kPlaceColumns = 32;  // of an address that is none, likewise the next
constexpr std::size_t kLeastPlaceColumns = 12;

constexpr const char* kRed = "\x1b[31m";
constexpr const char* kGreen = "\x1b[32m";
constexpr const char* kYellow = "\x1b[33m";
constexpr const char* kReset = "\x1b[0m";

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

/// ` S2PMG3 @ 192.168.1.35 - ` in so many columns, or as few as it can do with.
std::string who(const DeviceResult& result, std::size_t columns) {
  constexpr std::string_view kAt = " @ ";
  constexpr std::string_view kEnd = " - ";
  const std::size_t fixed = 1 + kAt.size() + kEnd.size();
  std::string model = model_part(result, kModelColumns);
  std::string place = place_part(result, kPlaceColumns);
  const auto left_beside = [&](const std::string& other, std::size_t least) {
    return std::max(columns - std::min(columns, fixed + display_width(other)), least);
  };
  if (fixed + display_width(model) + display_width(place) > columns)
    place = place_part(result, std::min(kPlaceColumns, left_beside(model, kLeastPlaceColumns)));
  if (fixed + display_width(model) + display_width(place) > columns)
    model = model_part(result, std::min(kModelColumns, left_beside(place, kLeastModelColumns)));
  return ' ' + model + std::string(kAt) + place + std::string(kEnd);
}

struct Told {
  std::string text;
  /// Behind it. It is the last to go: a device that was sent an update must not look like one that
  /// was not.
  std::string firmware;
};

/// What stands behind the status. `columns` are those that are left for it.
class Rest {
 public:
  /// A name has at most `name_columns`.
  Rest(const DeviceResult& result, std::size_t name_columns)
      : result_(result),
        most_(name_width(result, name_columns)),
        errors_(error_parts(result)),
        firmware_(firmware_parts(result)) {
    if (firmware_.size() > 1) mark_ = firmware_.back();
  }

  /// The richest way to tell it that fits. If none does, the shortest one that has all that
  /// programs look for, or, in `strict` columns, the first error and the mark.
  Told told(std::size_t columns, bool is_strict) const {
    const auto fits = [&](const std::string& text) {
      return display_width(text + mark_) <= columns;
    };
    for (std::size_t i = 0; i < std::min(errors_.size(), kThatTellAll); ++i) {
      const std::string text = friendly_part(result_, most_) + errors_[i];
      if (fits(text)) return {text, firmware_within(columns - display_width(text))};
    }
    const std::size_t first = errors_.size() > 1 ? 1 : 0;
    for (std::size_t i = first; i < errors_.size(); ++i) {
      const std::string text = with_shorter_name(errors_[i], columns, !is_strict);
      if (fits(text)) return {text, mark_};
      // What is wrong is worth more than what the device is called.
      if (is_strict && fits(errors_[i])) return {errors_[i], mark_};
    }
    const std::string& error = errors_.back();
    return {is_strict ? error : with_shorter_name(error, columns, true), mark_};
  }

 private:
  /// Of the forms of the errors; the third leaves some out.
  static constexpr std::size_t kThatTellAll = 2;

  /// The longest way to tell of the firmware in so many columns, empty where there is none.
  std::string firmware_within(std::size_t columns) const {
    const auto fitting =
        std::find_if(firmware_.begin(), firmware_.end(),
                     [&](const std::string& part) { return display_width(part) <= columns; });
    return fitting == firmware_.end() ? std::string() : *fitting;
  }

  /// The name has what this error and the mark leave.
  std::string with_shorter_name(const std::string& error, std::size_t columns,
                                bool keeps_name) const {
    constexpr std::size_t kBrackets = 3;
    const std::size_t others =
        display_width(friendly_part(result_, 0)) + kBrackets + display_width(error + mark_);
    const std::size_t least = keeps_name ? least_name_width(result_) : 0;
    const std::size_t left = std::max(columns - std::min(columns, others), least);
    return friendly_part(result_, std::min(left, most_)) + error;
  }

  const DeviceResult& result_;
  const std::size_t most_;  // columns of the name
  std::vector<std::string> errors_;
  std::vector<std::string> firmware_;
  std::string mark_;
};

std::string colored(const std::string& text, const char* color) {
  return text.empty() ? text : color + text + kReset;
}

std::string whole_line(const DeviceResult& result, const std::string& ota) {
  const Told told = Rest(result, kAnyWidth).told(kAnyWidth, false);
  return "● " + model_part(result, kAnyWidth) + " @ " + place_part(result, kAnyWidth) + " - " +
         ota + told.text + told.firmware;
}

}  // namespace

std::string device_line(const DeviceResult& result, const LineStyle& style) {
  const OtaStatus status = shown_status(result);
  const std::string ota =
      std::string("OTA=") +
      (status == OtaStatus::update_available ? "updateable" : to_string(status));
  if (style.is_whole) return whole_line(result, ota);
  const std::size_t columns = style.columns - kDotColumns;
  const auto left_by = [&](std::size_t used) { return columns - std::min(columns, used); };

  const std::size_t usual = display_width(who(result, columns)) + ota.size();
  const Told told = Rest(result, kNameColumns).told(left_by(usual), style.is_strict);
  const std::size_t mark = display_width(told.firmware);
  const std::size_t others = style.is_strict ? ota.size() + display_width(told.text) + mark : 0;
  const std::string begin = who(result, left_by(others));
  const std::string whole = begin + ota + told.text;
  const std::string shown = style.is_strict ? stage3::shortened(whole, left_by(mark)) : whole;
  if (!style.colored) return "●" + shown + told.firmware;

  const std::size_t ota_begin = std::min(begin.size(), shown.size());
  const std::size_t ota_end = std::min(ota_begin + ota.size(), shown.size());
  const bool has_failed = result.outcome == stage3::Outcome::failed;
  return colored("●", has_failed ? kRed : color_of(status)) + shown.substr(0, ota_begin) +
         colored(shown.substr(ota_begin, ota_end - ota_begin), color_of(status)) +
         shown.substr(ota_end) + told.firmware;
}

}  // namespace cli
