#include <stage3/version.hpp>

#include "report/markup.hpp"
#include "report/page.hpp"
#include "report/sections.hpp"
#include "report/words.hpp"

namespace stage3 {

std::string to_html(const Overview& overview, Language language) {
  std::string body;
  report::append_verdict(body, overview, language);
  body += "<main>\n";
  report::append_changes(body, overview, language);
  report::append_failures(body, overview, language);
  report::append_updates(body, overview, language);
  report::append_firmware(body, overview, language);
  report::append_table(body, language);
  body += "</main>\n<footer><p class=\"quiet\">stage3 ";
  body += version();
  body += "</p></footer>";
  const auto& pieces = report::page_pieces();
  std::string page(pieces[0]);
  page += language == Language::de ? "de" : "en";
  page += pieces[1];
  page += report::html_of_own(report::kTitle.in(language));
  page += pieces[2];
  page += body;
  page += pieces[3];
  page += report::table_data(overview, language);
  page += pieces[4];
  return page;
}

}  // namespace stage3
