#include "result/select_key.hpp"

#include <limits>
#include <optional>

#include <stage3/selection.hpp>

#include "base/name.hpp"
#include "result/enum_words.hpp"

namespace stage3 {
namespace {

using Texts = std::vector<std::string>;

constexpr const char* kNew = "new";

Texts known(std::string text) {
  if (text.empty()) return {};
  return {std::move(text)};
}

template <auto kMember>
Texts recorded(const Device& device) {
  return device.on_record ? known((*device.on_record).*kMember) : Texts();
}

template <auto kMember>
Texts recorded_word(const Device& device) {
  if (!device.on_record || !((*device.on_record).*kMember)) return {};
  return {to_string(*((*device.on_record).*kMember))};
}

Texts status(const Device& device) {
  const auto outcome = last_outcome(device);
  return {outcome ? to_string(*outcome) : kNew};
}

Texts model(const Device& device) {
  return device.model.empty() ? recorded<&OnRecord::app>(device) : known(device.model);
}

Texts site(const Device& device) {
  return known(device.site);
}

Texts macs(const Device& device) {
  Texts texts;
  if (device.mac != Mac()) texts.push_back(device.mac.to_string());
  for (const Mac& alias : device.aliases)
    texts.push_back(alias.to_string());
  return texts;
}

/// What an operator may have seen: in the file, or on the device.
Texts names(const Device& device) {
  Texts texts;
  if (device.on_record && device.on_record->device_name)
    texts = known(*device.on_record->device_name);
  if (device.wanted_name.kind != WantedName::Kind::text) return texts;
  const std::string shown =
      normalise_name(device.wanted_name.text, std::numeric_limits<unsigned>::max());
  // An empty name is none.
  if (shown.empty()) return texts;
  if (shown != device.wanted_name.text) texts.push_back(device.wanted_name.text);
  texts.push_back(shown);
  return texts;
}

}  // namespace

const std::vector<SelectKey>& select_keys() {
  using Kind = SelectKey::Kind;
  static const std::vector<SelectKey> keys{
      {"status",
       Kind::words,
       status,
       {to_string(Outcome::ok), to_string(Outcome::failed), to_string(Outcome::offline), kNew}},
      {"ota", Kind::words, recorded_word<&OnRecord::ota_status>, result::words_from(OtaStatus{})},
      {"friendly", Kind::words, recorded_word<&OnRecord::friendly_status>,
       result::words_from(FriendlyStatus{})},
      {"app", Kind::text, recorded<&OnRecord::app>},
      {"model", Kind::text, model},
      {"name", Kind::text, names},
      {"ip", Kind::address, nullptr},
      {"mac", Kind::mac, macs},
      {"fw", Kind::text, recorded<&OnRecord::fw>},
      {"site", Kind::text, site},
  };
  return keys;
}

}  // namespace stage3
