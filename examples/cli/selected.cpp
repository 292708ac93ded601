#include "selected.hpp"

#include <stage3/text.hpp>
#include <string_view>
#include <vector>

#include "options.hpp"

namespace cli {

using stage3::Error;
using stage3::Selection;

namespace {

/// All that narrows the run, in the words of the command line.
std::string typed(const Options& options) {
  std::string text;
  const auto add = [&text](const std::string& word) { text += (text.empty() ? "" : " ") + word; };
  const auto add_all = [&add](const char* option, const std::vector<std::string>& words) {
    if (!words.empty()) add(option);
    for (const std::string& word : words)
      add(word);
  };
  add_all("--ip", options.ips);
  add_all("--select", options.select);
  if (options.retry) add("--retry");
  return text;
}

}  // namespace

Selection selection_of(const Options& options) {
  std::vector<std::string> terms = options.select;
  if (options.retry) terms.emplace_back(Selection::kRetry);
  return Selection::parse(terms);
}

std::string selected_text(const Options& options, const stage3::Job& job) {
  const Selection selection = selection_of(options);
  if (selection.is_all() || job.store() == nullptr) return {};
  return std::to_string(job.devices().size()) + " of " + std::to_string(job.store()->size()) +
         " devices selected by " + selection.text();
}

Error naming_option(const Options& options, const Error& error) {
  static constexpr std::string_view kNone = "no device is selected by ";
  std::string message = error.message();
  if (message.compare(0, kNone.size(), kNone) == 0)
    message = std::string(kNone) + '\'' + stage3::escape(typed(options)) + '\'';
  else if (!options.ips.empty() && selection_of(options).is_all())
    message.insert(0, "--ip: ");
  return {error.code(), message + (error.path().empty() ? "" : " in " + error.path())};
}

void check_selected(const Options& options, const stage3::StateStore& store) {
  try {
    (void)stage3::select(store.devices(), options.ips, selection_of(options));
  } catch (const Error& error) {
    throw naming_option(options, Error(error.code(), error.message(), store.path()));
  }
}

}  // namespace cli
