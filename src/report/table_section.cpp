#include <array>
#include <unordered_set>

#include <stage3/selection.hpp>
#include <stage3/text.hpp>

#include "json/object_writer.hpp"
#include "json/write.hpp"
#include "report/facts.hpp"
#include "report/markup.hpp"
#include "report/sections.hpp"
#include "report/words.hpp"

namespace stage3::report {
namespace {

struct Column {
  const char* id;  ///< by which page.js sorts
  const Text& title;
};
constexpr std::array<Column, 7> kColumns{{{"name", kName},
                                          {"address", kAddress},
                                          {"app", kApp},
                                          {"fw", kVersion},
                                          {"status", kStatus},
                                          {"error", kError},
                                          {"seen", kLastSeen}}};

void append_option(std::string& out, const std::string& value, std::string_view text) {
  out += "<option value=\"" + value + "\">" + html_of_own(text) + "</option>";
}

void append_label(std::string& out, const Text& title, Language language) {
  out += "<label>" + html_of_own(title.in(language));
}

void append_controls(std::string& out, Language language) {
  out += "<div class=\"controls\">";
  append_label(out, kSearch, language);
  out += "<input id=\"q\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\" title=\"" +
         html_of_own(kSearchHow.in(language)) + "\"></label>\n";
  append_label(out, kStatus, language);
  out += "<select id=\"status\">";
  append_option(out, "", kAll.in(language));
  append_option(out, "failed", kFailed.in(language));
  append_option(out, "offline", kOffline.in(language));
  append_option(out, "update", kUpdateAvailable.in(language));
  append_option(out, "sent", kUpdateSent.in(language));
  append_option(out, "ok", kOk.in(language));
  append_option(out, "unknown", kUnknown.in(language));
  out += "</select></label>\n";
  append_label(out, kApp, language);
  out += "<select id=\"app\">";
  append_option(out, "", kAll.in(language));
  out += "</select></label>\n";
  append_label(out, kSort, language);
  out += "<select id=\"sort\">";
  append_option(out, "", kFileOrder.in(language));
  for (const Column& column : kColumns) {
    append_option(out, column.id, column.title.in(language));
    append_option(out, '-' + std::string(column.id),
                  std::string(column.title.in(language)) + " (" +
                      std::string(kDescending.in(language)) + ')');
  }
  out += "</select></label>\n<button id=\"reset\" type=\"button\">" +
         html_of_own(kReset.in(language)) +
         "</button></div>\n<div class=\"chips\" id=\"chips\"></div>\n"
         "<p id=\"count\" class=\"quiet\" role=\"status\"></p>\n";
}

/// The words that page.js shows.
void append_words(std::string& out, Language language) {
  json::ObjectWriter words(out);
  words.text("ok", kOk.in(language));
  words.text("failed", kFailed.in(language));
  words.text("offline", kOffline.in(language));
  words.text("unknown", kUnknown.in(language));
  words.text("changed", kChanged.in(language));
  words.text("since", kSince.in(language));
  words.text("shown", kShown.in(language));
  words.text("noMatch", kNoMatch.in(language));
  words.text("unknownApp", kUnknownApp.in(language));
  words.text("unknownVersion", kUnknownVersion.in(language));
  words.text("removeFilter", kRemoveFilter.in(language));
  words.text("printedPart", kPrintedPart.in(language));
  words.end();
}

void append_text(std::string& out, std::string_view text) {
  out += ',';
  json::append_quoted(out, escape(text));
}

/// The members in the order that page.js knows.
void append_row(std::string& out, const Device& device, bool has_changed) {
  const OnRecord& record = on_record(device);
  const auto outcome = last_outcome(device);
  const std::string_view scheme = scheme_of(device);
  out += '[';
  json::append_quoted(out, escape(name_of(device)));
  append_text(out, device.defect.empty() ? device.mac.to_string() : device.key);
  append_text(out, place_of(device));
  out += scheme.empty() ? ",0" : scheme == "http" ? ",1" : ",2";
  append_text(out, record.app);
  append_text(out, device.model);
  append_text(out, record.fw);
  append_text(out, record.update);
  append_text(out, outcome ? to_string(*outcome) : "unknown");
  append_text(out, record.ota_status ? to_string(*record.ota_status) : "");
  append_text(out, record.last_seen != 0 ? minute_text(record.last_seen) : "");
  append_text(out, record.failing_since != 0 ? minute_text(record.failing_since) : "");
  append_text(out, outcome == Outcome::failed ? failure_id(device) : "");
  append_text(out, error_of(device));
  out += has_changed ? ",1" : ",0";
  out += update_state(device) == UpdateState::sent ? ",1]" : ",0]";
}

}  // namespace

void append_table(std::string& out, Language language) {
  out += "<section aria-labelledby=\"devices-title\" id=\"devices\"><h2 id=\"devices-title\">" +
         html_of_own(kDevices.in(language)) + "</h2>\n<noscript><p>" +
         html_of_own(kNeedsScript.in(language)) + "</p></noscript>\n";
  append_controls(out, language);
  out +=
      "<div class=\"table\" id=\"table\" role=\"table\" aria-labelledby=\"devices-title\">"
      "<div class=\"head\" role=\"rowgroup\"><div class=\"row\" role=\"row\" "
      "aria-rowindex=\"1\">";
  for (const Column& column : kColumns) {
    out += std::string("<div role=\"columnheader\" aria-sort=\"none\" data-sort=\"") + column.id +
           "\"><button type=\"button\">" + html_of_own(column.title.in(language)) +
           "</button></div>";
  }
  out += "</div></div>\n<div id=\"rows\" role=\"rowgroup\" tabindex=\"0\" aria-label=\"" +
         html_of_own(kDevices.in(language)) +
         "\"><div id=\"space\" role=\"presentation\"></div></div></div></section>\n";
}

std::string table_data(const Overview& overview, Language language) {
  std::unordered_set<const Device*> changed;
  for (const Overview::Change& change : overview.changes)
    changed.insert(change.device);
  constexpr std::size_t kUsualRow = 200;
  std::string out = "{\"words\":";
  out.reserve(overview.devices->size() * kUsualRow);
  append_words(out, language);
  out += ",\"rows\":[";
  const char* between = "\n";
  for (const Device& device : *overview.devices) {
    out += between;
    append_row(out, device, changed.count(&device) != 0);
    between = ",\n";
  }
  return script_safe(out + "]}");
}

}  // namespace stage3::report
