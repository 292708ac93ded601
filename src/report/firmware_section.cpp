#include <algorithm>

#include <stage3/text.hpp>

#include "report/markup.hpp"
#include "report/sections.hpp"
#include "report/words.hpp"

namespace stage3::report {
namespace {

using App = Overview::App;
using Count = Overview::Count;

/// As many as there are colours (page.css): all older versions share the last one.
constexpr std::size_t kMostVersions = 8;
/// A fleet has a few dozen kinds of devices; what claims to be more is not worth a bar each.
constexpr std::size_t kMostApps = 60;
/// The length of a bar in its own units.
constexpr std::size_t kWidth = 10000;

/// The parts of one bar: the newest versions, and the others together.
std::vector<Count> parts_of(const App& app, Language language) {
  std::vector<Count> parts(app.versions.begin(),
                           app.versions.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                      app.versions.size(), kMostVersions)));
  for (Count& part : parts)
    part.word = part.word.empty() ? std::string(kUnknownVersion.in(language)) : escape(part.word);
  if (app.versions.size() <= kMostVersions) return parts;
  parts.back() = {std::string(kOthers.in(language)), 0};
  for (std::size_t i = kMostVersions - 1; i < app.versions.size(); ++i)
    parts.back().devices += app.versions[i].devices;
  return parts;
}

/// The bar in words, for those who do not see it.
std::string bar_text(const std::string& name, const std::vector<Count>& parts, Language language) {
  std::string text = name + ": ";
  const char* between = "";
  for (const Count& part : parts) {
    text += between + part.word + ' ' + number_text(part.devices, language);
    between = ", ";
  }
  return text;
}

void append_bar(std::string& out, const App& app, const std::vector<Count>& parts,
                const std::string& label) {
  const std::string text = html_of_own(label);
  out +=
      "<svg class=\"bar\" viewBox=\"0 0 10000 22\" preserveAspectRatio=\"none\" role=\"img\" "
      "aria-label=\"" +
      text + "\"><title>" + text + "</title>";
  std::size_t before = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t from = before * kWidth / app.devices;
    before += parts[i].devices;
    // A version that one device of many runs is what one looks for: it stays visible.
    const std::size_t width = std::max<std::size_t>(before * kWidth / app.devices - from, 20);
    out += "<rect class=\"v" + std::to_string(i) + "\" x=\"" + std::to_string(from) +
           "\" width=\"" + std::to_string(width) + "\" height=\"22\"/>";
  }
  out += "</svg>\n";
}

void append_legend(std::string& out, const App& app, const std::vector<Count>& parts,
                   Language language) {
  out += "<ul class=\"plain legend\">";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string text = "<bdi>" + html_of_own(parts[i].word) + "</bdi>";
    const bool is_rest = i + 1 == kMostVersions && app.versions.size() > kMostVersions;
    out += "<li><span class=\"swatch v" + std::to_string(i) + "\"></span>";
    if (is_rest) {
      out += text;
    } else {
      out += "<a href=\"#app=" + hash_value(escape(app.name)) +
             "&amp;fw=" + hash_value(escape(app.versions[i].word)) + "\">" + text + "</a>";
    }
    out += ' ' + number_text(parts[i].devices, language) + "</li>";
  }
  out += "</ul>\n";
}

void append_app(std::string& out, const App& app, Language language) {
  const std::string name =
      app.name.empty() ? std::string(kUnknownApp.in(language)) : escape(app.name);
  const std::vector<Count> parts = parts_of(app, language);
  out += "<div class=\"panel\"><h3><bdi>" + html_of_own(name) + "</bdi> <span class=\"quiet\">" +
         html_of_own(devices_text(app.devices, language));
  if (app.updates != 0) {
    out +=
        ", " + html_of_own(fill(kAlsoUpdates.in(language), {number_text(app.updates, language)}));
  }
  out += "</span></h3>\n";
  append_bar(out, app, parts, bar_text(name, parts, language));
  append_legend(out, app, parts, language);
  out += "</div>\n";
}

}  // namespace

void append_firmware(std::string& out, const Overview& overview, Language language) {
  if (overview.apps.empty()) return;
  out += "<section aria-labelledby=\"firmware-title\"><h2 id=\"firmware-title\">" +
         html_of_own(kFirmware.in(language)) + "</h2>\n";
  const std::size_t listed = std::min(overview.apps.size(), kMostApps);
  out += "<div class=\"cards\">\n";
  for (std::size_t i = 0; i < listed; ++i)
    append_app(out, overview.apps[i], language);
  out += "</div>\n";
  if (listed < overview.apps.size()) {
    out += "<p>" +
           html_of_own(
               fill(kMore.in(language), {number_text(overview.apps.size() - listed, language)})) +
           "</p>\n";
  }
  out += "</section>\n";
}

}  // namespace stage3::report
