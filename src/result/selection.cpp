#include <stage3/error.hpp>
#include <stage3/selection.hpp>

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "result/select_pattern.hpp"

namespace stage3 {
namespace {

bool is_lost(const OnRecord& last) {
  static constexpr std::string_view kLost = "ota.lost";
  return std::string_view(last.error_id).substr(0, kLost.size()) == kLost;
}

}  // namespace

struct Selection::Term {
  std::string text;
  SelectPattern pattern;
};

Selection Selection::parse(const std::vector<std::string>& terms) {
  Selection selection;
  if (terms.empty()) return selection;
  auto parsed = std::make_shared<std::vector<Term>>();
  for (const std::string& text : terms)
    parsed->push_back({text, SelectPattern(text)});
  selection.terms_ = std::move(parsed);
  return selection;
}

bool Selection::has(const Device& device) const {
  return is_all() || std::all_of(terms_->begin(), terms_->end(),
                                 [&](const Term& term) { return term.pattern.fits(device); });
}

std::vector<Device> Selection::of(const std::vector<Device>& devices) const {
  std::vector<Device> selected;
  std::copy_if(devices.begin(), devices.end(), std::back_inserter(selected),
               [this](const Device& device) { return has(device); });
  return selected;
}

std::string Selection::text() const {
  std::string text;
  if (is_all()) return text;
  for (const Term& term : *terms_)
    text += (text.empty() ? "" : ", ") + term.text;
  return text;
}

std::vector<Device> select(const std::vector<Device>& devices,
                           const std::vector<std::string>& addresses, const Selection& selection) {
  if (selection.is_all()) return addresses.empty() ? devices : at_addresses(devices, addresses);
  std::vector<Device> selected =
      selection.of(addresses.empty() ? devices : at_addresses(devices, addresses));
  if (selected.empty()) {
    throw Error(Errc::invalid_argument, "no device is selected by " + quoted(selection.text()));
  }
  return selected;
}

std::optional<Outcome> last_outcome(const Device& device) {
  if (!device.defect.empty()) return Outcome::failed;
  if (!device.on_record || !device.on_record->ota_status) return std::nullopt;
  const OnRecord& last = *device.on_record;
  switch (*last.ota_status) {
    case OtaStatus::offline:
      // One that was lost after an update counts as failed in the run that has found that out.
      return is_lost(last) ? Outcome::failed : Outcome::offline;
    case OtaStatus::check_failed:
    case OtaStatus::error:
      return Outcome::failed;
    default:
      return last.friendly_status == FriendlyStatus::error ? Outcome::failed : Outcome::ok;
  }
}

bool has_news(const DeviceResult& result) {
  if (result.outcome == Outcome::cancelled) return false;
  if (!result.device.defect.empty()) return true;
  // One that the device has not kept is the old news of every night.
  const bool has_new_name = result.name_changed && result.friendly_status != FriendlyStatus::error;
  if (has_new_name || result.update_sent || result.update_ended) return true;
  static const OnRecord kNothing;
  const OnRecord& last = result.device.on_record ? *result.device.on_record : kNothing;
  return result.ota_status != last.ota_status ||
         (result.friendly_status && result.friendly_status != last.friendly_status);
}

}  // namespace stage3
