#include <stage3/text.hpp>

#include "json/object_writer.hpp"
#include "json/write.hpp"
#include "report/facts.hpp"
#include "report/words.hpp"

namespace stage3 {
namespace {

using json::ObjectWriter;

std::int64_t number_of(std::size_t count) {
  return static_cast<std::int64_t>(count);
}

/// An array of what `write` appends for each item.
template <class Items, class Write>
void write_array(std::string& out, const Items& items, const Write& write) {
  out += '[';
  const char* between = "";
  for (const auto& item : items) {
    out += between;
    write(out, item);
    between = ",";
  }
  out += ']';
}

/// The words are few, and none comes twice.
void write_counts(ObjectWriter& object, const char* name,
                  const std::vector<Overview::Count>& counts) {
  ObjectWriter inner(object.begin(name));
  for (const Overview::Count& count : counts)
    inner.number(count.word, number_of(count.devices));
  inner.end();
}

void time_if_any(ObjectWriter& object, const char* name, std::int64_t utc) {
  if (utc != 0) object.text(name, to_utc(utc));
}

/// By which it is known in `stage3 --json`, too.
void write_who(ObjectWriter& object, const Device& device) {
  object.text("key", device.key);
  if (device.defect.empty()) object.text("mac", device.mac.to_string());
  object.text_if_any("ip", device.address_text);
  object.text("name", report::name_of(device));
}

void write_app(std::string& out, const Overview::App& app) {
  ObjectWriter object(out);
  object.text("app", app.name);
  object.number("devices", number_of(app.devices));
  object.number("updates", number_of(app.updates));
  write_array(object.begin("versions"), app.versions, [](std::string& to, const auto& version) {
    ObjectWriter inner(to);
    inner.text("fw", version.word);
    inner.number("devices", number_of(version.devices));
    inner.end();
  });
  object.end();
}

void write_failure(std::string& out, const Overview::Failure& failure) {
  ObjectWriter object(out);
  object.text("error_id", failure.id);
  time_if_any(object, "failing_since", failure.since);
  object.text("meaning", report::meaning_of(failure, Language::en));
  object.text("advice", report::advice_of(failure, Language::en));
  write_array(object.begin("devices"), failure.devices, [](std::string& to, const Device* device) {
    ObjectWriter inner(to);
    write_who(inner, *device);
    time_if_any(inner, "failing_since", report::on_record(*device).failing_since);
    inner.text_if_any("error", report::error_of(*device));
    inner.end();
  });
  object.end();
}

}  // namespace

std::string to_json(const Overview& overview) {
  std::string out;
  ObjectWriter object(out);
  object.number("v", 1);
  object.text("type", "status");
  object.text("now", to_utc(overview.now));
  time_if_any(object, "last_run", overview.last_run);
  object.number("devices", number_of(overview.devices->size()));
  object.number("ok", number_of(overview.ok));
  object.number("failed", number_of(overview.failed));
  object.number("offline", number_of(overview.offline));
  object.number("unknown", number_of(overview.unknown));
  object.number("updates", number_of(overview.updates));
  write_counts(object, "ota_status", overview.ota_status);
  write_counts(object, "friendly_status", overview.friendly_status);
  write_counts(object, "update_states", overview.update_states);
  write_array(object.begin("apps"), overview.apps, write_app);
  write_array(object.begin("failures"), overview.failures, write_failure);
  object.end();
  return out;
}

}  // namespace stage3
