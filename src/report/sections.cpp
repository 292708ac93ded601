#include <algorithm>

#include <stage3/text.hpp>

#include "report/facts.hpp"
#include "report/markup.hpp"
#include "report/sections.hpp"
#include "report/words.hpp"

namespace stage3::report {
namespace {

/// More of one kind than this would only hide what comes behind; the table has them all.
constexpr std::size_t kMostListed = 25;

std::string linked(const Device& device) {
  const std::string text = "<bdi>" + html(name_of(device)) + "</bdi>";
  const std::string_view scheme = scheme_of(device);
  const std::string place = html(place_of(device));
  if (scheme.empty()) return text + " <span class=\"quiet\">" + place + "</span>";
  return text + " <a href=\"" + std::string(scheme) + "://" + place +
         "/\" target=\"_blank\" rel=\"noopener noreferrer\">" + place + "</a>";
}

void append_heading(std::string& out, const char* id, const Text& title, Language language) {
  out += std::string("<section aria-labelledby=\"") + id + "-title\"><h2 id=\"" + id + "-title\">" +
         html_of_own(title.in(language)) + "</h2>\n";
}

/// The link to the rest in the table, where not all are listed.
void append_more(std::string& out, std::size_t left, const std::string& hash, Language language) {
  if (left == 0) return;
  out += "<li><a href=\"#" + hash + "\">" +
         html_of_own(fill(kMore.in(language), {number_text(left, language)})) + "</a></li>\n";
}

void append_change(std::string& out, const Overview::Change& change) {
  out += "<li>" + linked(*change.device);
  if (!change.from.empty() && !change.to.empty())
    out += ": <bdi>" + html(change.from) + "</bdi> \xE2\x86\x92 <bdi>" + html(change.to) + "</bdi>";
  else if (!change.from.empty() || !change.to.empty())
    out += ": <bdi>" + html(change.from + change.to) + "</bdi>";
  out += "</li>\n";
}

using ChangeAt = std::vector<Overview::Change>::const_iterator;

void append_changes_of_kind(std::string& out, ChangeAt begin, ChangeAt end, Language language) {
  const auto count = static_cast<std::size_t>(end - begin);
  out += "<div class=\"panel\"><h3>" + html_of_own(title_of(begin->kind).in(language)) + ": " +
         number_text(count, language) + "</h3><ul class=\"plain\">\n";
  const std::size_t listed = std::min(count, kMostListed);
  std::for_each(begin, begin + static_cast<std::ptrdiff_t>(listed),
                [&](const Overview::Change& change) { append_change(out, change); });
  append_more(out, count - listed, "changed=1", language);
  out += "</ul></div>\n";
}

void append_failed_device(std::string& out, const Device& device, Language language) {
  out += "<li>" + linked(device);
  if (const std::int64_t since = on_record(device).failing_since; since != 0) {
    out += " <span class=\"quiet\">" +
           html_of_own(fill(kSince.in(language), {minute_text(since)})) + "</span>";
  }
  if (!error_of(device).empty()) out += " <code><bdi>" + html(error_of(device)) + "</bdi></code>";
  out += "</li>\n";
}

/// The first of these devices, each as `append_one` has it; `filter` shows all of them in the
/// table.
void append_panel(std::string& out, std::string_view title,
                  const std::vector<const Device*>& devices,
                  void (*append_one)(std::string&, const Device&, Language), const char* filter,
                  Language language) {
  if (devices.empty()) return;
  out += "<article class=\"panel\"><h3>" + html_of_own(title) + ": " +
         number_text(devices.size(), language) + "</h3>\n<ul class=\"plain\">\n";
  const std::size_t listed = std::min(devices.size(), kMostListed);
  for (std::size_t i = 0; i < listed; ++i)
    append_one(out, *devices[i], language);
  append_more(out, devices.size() - listed, filter, language);
  out += "</ul></article>\n";
}

/// Silence is no failure, but somebody has to know whose it is.
void append_offline(std::string& out, const Overview& overview, Language language) {
  append_panel(out, kOfflineDevices.in(language), overview.offline_devices, append_failed_device,
               "status=offline", language);
}

void append_sent_update(std::string& out, const Device& device, Language language) {
  const UpdateRecord& update = *on_record(device).ota;
  out += "<li>" + linked(device) + ": <bdi>" + html(update.from) + "</bdi> \xE2\x86\x92 <bdi>" +
         html(update.to) + "</bdi> <span class=\"quiet\">" +
         html_of_own(fill(kSince.in(language), {minute_text(update.sent_at)})) + "</span></li>\n";
}

void append_under_way(std::string& out, const Overview& overview, Language language) {
  append_panel(out, kUnderWay.in(language), overview.under_way, append_sent_update, "status=sent",
               language);
}

void append_failure(std::string& out, const Overview::Failure& failure, Language language) {
  out += "<article class=\"panel failure\"><h3>" + html_of_own(meaning_of(failure, language)) +
         "</h3>\n<p><strong>" + html_of_own(devices_text(failure.devices.size(), language)) +
         "</strong>";
  if (failure.since != 0)
    out += ", " + html_of_own(fill(kSince.in(language), {minute_text(failure.since)}));
  out += " <span class=\"quiet\">(<a href=\"#error=" + hash_value(failure.id) + "\">" +
         html_of_own(failure.id) + "</a>)</span></p>\n<p><strong>" +
         html_of_own(kWhatToDo.in(language)) + ":</strong> " +
         html_of_own(advice_of(failure, language)) + "</p>\n<ul class=\"plain\">\n";
  const std::size_t listed = std::min(failure.devices.size(), kMostListed);
  for (std::size_t i = 0; i < listed; ++i)
    append_failed_device(out, *failure.devices[i], language);
  append_more(out, failure.devices.size() - listed, "error=" + hash_value(failure.id), language);
  out += "</ul></article>\n";
}

}  // namespace

std::string_view scheme_of(const Device& device) {
  if (!device.defect.empty()) return {};
  const bool is_secure = on_record(device).tls || device.address.scheme() == Address::Scheme::https;
  return is_secure ? "https" : "http";
}

std::string place_of(const Device& device) {
  if (!device.defect.empty()) return device.address_text;
  const auto& tls = on_record(device).tls;
  const std::uint16_t port = tls ? tls->port : device.address.port();
  const std::string authority = device.address.at_port(port).authority();
  const bool is_usual = port == (scheme_of(device) == "https" ? 443 : 80);
  return is_usual ? authority.substr(0, authority.rfind(':')) : authority;
}

void append_verdict(std::string& out, const Overview& overview, Language language) {
  const bool is_bad = overview.failed != 0;
  const bool is_good = !is_bad && overview.ok != 0;
  out += "<header><h1>" + html_of_own(kTitle.in(language)) + "</h1>\n<p class=\"verdict" +
         (is_bad    ? " bad"
          : is_good ? " good"
                    : "") +
         "\">" + html_of_own(verdict(overview, language)) + "</p>\n<p class=\"quiet\">";
  // Not how long ago: nobody knows when the page is looked at.
  if (overview.last_run != 0)
    out += html_of_own(fill(kLastRunAt.in(language), {minute_text(overview.last_run)})) + ". ";
  out += html_of_own(fill(kMade.in(language), {minute_text(overview.now)})) + ".</p></header>\n";
}

void append_changes(std::string& out, const Overview& overview, Language language) {
  append_heading(out, "changes", kChanges, language);
  if (overview.changes.empty()) {
    const Text& why = overview.has_earlier ? kNoChange : kNoEarlier;
    out += "<p>" + html_of_own(why.in(language)) + "</p></section>\n";
    return;
  }
  out += "<div class=\"cards\">\n";
  for (auto begin = overview.changes.begin(); begin != overview.changes.end();) {
    const auto end = std::find_if(begin, overview.changes.end(),
                                  [&](const auto& other) { return other.kind != begin->kind; });
    append_changes_of_kind(out, begin, end, language);
    begin = end;
  }
  out += "</div></section>\n";
}

void append_failures(std::string& out, const Overview& overview, Language language) {
  append_heading(out, "failures", kFailures, language);
  if (overview.failures.empty()) out += "<p>" + html_of_own(kNoFailure.in(language)) + "</p>\n";
  for (const Overview::Failure& failure : overview.failures)
    append_failure(out, failure, language);
  append_offline(out, overview, language);
  out += "</section>\n";
}

void append_updates(std::string& out, const Overview& overview, Language language) {
  if (overview.update_states.empty()) return;
  append_heading(out, "updates", kUpdates, language);
  append_under_way(out, overview, language);
  out += "<p>";
  const char* between = "";
  for (const Overview::Count& count : overview.update_states) {
    out += between + html_of_own(count.word) + ' ' + number_text(count.devices, language);
    between = ", ";
  }
  out += "</p></section>\n";
}

}  // namespace stage3::report
