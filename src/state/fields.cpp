#include "state/fields.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <stage3/result.hpp>

#include "result/enum_words.hpp"

namespace stage3::state {
namespace {

/// More than any device takes as its name.
constexpr std::size_t kMaxName = 1024;

Change keep() {
  return {};
}
Change remove() {
  return {{}, Change::Kind::remove, {}};
}
Change set_to(Value value) {
  return {{}, Change::Kind::set, value};
}
Change set_or_remove(std::string_view text) {
  return text.empty() ? remove() : set_to(text);
}
Change set_or_remove(UtcTime time) {
  return time.seconds <= 0 ? remove() : set_to(time);
}
Change named(std::string_view name, Change change) {
  change.name = name;
  return change;
}

template <auto kMember>
Change word(const Record::Content& content, InnerChanges& /*inner*/) {
  const auto& status = content.*kMember;
  return status ? set_to(std::string_view(to_string(*status))) : keep();
}
Change last_run(const Record::Content& content, InnerChanges& /*inner*/) {
  return content.last_run ? set_to(UtcTime{*content.last_run}) : keep();
}
Change last_seen(const Record::Content& content, InnerChanges& /*inner*/) {
  return content.observation ? set_to(UtcTime{content.observation->last_seen}) : keep();
}
/// What was told; what was not, is as it was.
template <std::string_view Record::Observation::*kMember>
Change told(const Record::Content& content, InnerChanges& /*inner*/) {
  if (!content.observation || (*content.observation.*kMember).empty()) return keep();
  return set_to(*content.observation.*kMember);
}
Change update(const Record::Content& content, InnerChanges& /*inner*/) {
  return content.observation ? set_or_remove(content.observation->update) : keep();
}
Change update_build(const Record::Content& content, InnerChanges& /*inner*/) {
  if (!content.observation) return keep();
  if (content.observation->update.empty()) return remove();
  return set_or_remove(content.observation->update_build);
}
Change device_name(const Record::Content& content, InnerChanges& /*inner*/) {
  if (!content.observation) return keep();
  const auto& name = content.observation->device_name;
  return name ? set_to(*name) : remove();
}
Change error(const Record::Content& content, InnerChanges& /*inner*/) {
  return content.last_run ? set_or_remove(content.error) : keep();
}

Change error_id(const Record::Content& content, InnerChanges& /*inner*/) {
  return content.last_run ? set_or_remove(content.error_id) : keep();
}
Change failing_since(const Record::Content& content, InnerChanges& /*inner*/) {
  return content.last_run ? set_or_remove(UtcTime{content.failing_since}) : keep();
}

Change tls(const Record::Content& content, InnerChanges& inner) {
  if (!content.tls) return keep();
  const TlsPin& pin = *content.tls;
  inner.key = pin.key.to_string();
  inner.tls = {Change{"port", Change::Kind::set, std::int64_t{pin.port}},
               Change{"key", Change::Kind::set, std::string_view(inner.key)}};
  // The port may be another one. A key of others stays: see Entry::has_key_of_others.
  return {{}, Change::Kind::set, Changes{inner.tls.data(), inner.tls.size()}};
}

Change ota(const Record::Content& content, InnerChanges& inner) {
  if (!content.ota) return keep();
  const Record::Update& update = *content.ota;
  if (update.state == UpdateState::none) return remove();
  inner.ota = {named("state", set_to(std::string_view(to_string(update.state)))),
               named("from", set_or_remove(update.from)),
               named("to", set_or_remove(update.to)),
               named("build", set_or_remove(update.build)),
               named("sent_at", set_or_remove(UtcTime{update.sent_at})),
               named("ended_at", set_or_remove(UtcTime{update.ended_at})),
               named("attempts", set_to(std::int64_t{update.attempts})),
               named("error", set_or_remove(update.error))};
  return set_to(Changes{inner.ota->data(), inner.ota->size()});
}

template <class Enum>
bool assign_word(std::optional<Enum>& out, std::string_view text) {
  static const std::vector<std::string_view> words = result::words_from(Enum{});
  const auto word = std::find(words.begin(), words.end(), text);
  if (word == words.end()) return false;
  out = static_cast<Enum>(word - words.begin());
  return true;
}

template <auto kMember>
bool read_word(OnRecord& on_record, const json::Scalar& value, std::int64_t /*latest*/) {
  const auto text = as_text(value, kMaxFact);
  return text && assign_word(on_record.*kMember, *text);
}

template <std::int64_t OnRecord::*kMember>
bool read_time(OnRecord& on_record, const json::Scalar& value, std::int64_t latest) {
  const auto time = as_time(value, latest);
  if (time) on_record.*kMember = time->seconds;
  return time.has_value();
}

template <auto kMember, std::size_t kMaxSize>
bool read_text(OnRecord& on_record, const json::Scalar& value, std::int64_t /*latest*/) {
  const auto text = as_text(value, kMaxSize);
  if (text) on_record.*kMember = std::string(*text);
  return text.has_value();
}

}  // namespace

const std::array<Field, kFieldCount>& fields() {
  using C = Record::Content;
  using O = Record::Observation;
  using R = OnRecord;
  static constexpr std::array kRows{
      Field{"ota_status", word<&C::ota_status>, read_word<&R::ota_status>},
      Field{"friendly_status", word<&C::friendly_status>, read_word<&R::friendly_status>},
      Field{"last_run", last_run, read_time<&R::last_run>},
      Field{"last_seen", last_seen, read_time<&R::last_seen>},
      Field{"fw", told<&O::fw>, read_text<&R::fw, kMaxFact>},
      Field{"fw_id", told<&O::fw_id>, read_text<&R::fw_id, kMaxFact>},
      Field{"app", told<&O::app>, read_text<&R::app, kMaxFact>},
      Field{"update", update, read_text<&R::update, kMaxFact>},
      Field{"update_build", update_build, read_text<&R::update_build, kMaxFact>},
      Field{"device_name", device_name, read_text<&R::device_name, kMaxName>},
      Field{"error", error, read_text<&R::error, kMaxError>},
      Field{"tls", tls, nullptr, Shape::tls},
      Field{"ota", ota, nullptr, Shape::ota},
      Field{"error_id", error_id, read_text<&R::error_id, kMaxErrorIds>},
      Field{"failing_since", failing_since, read_time<&R::failing_since>},
  };
  return kRows;
}

std::size_t field_index(std::string_view name, std::size_t likely) {
  const auto& rows = fields();
  if (likely < rows.size() && rows[likely].name == name) return likely;
  const auto* const row = std::find_if(rows.begin(), rows.end(),
                                       [&](const Field& field) { return field.name == name; });
  return static_cast<std::size_t>(row - rows.begin());
}

}  // namespace stage3::state
