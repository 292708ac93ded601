#include "selected.hpp"

#include <vector>

#include "options.hpp"

namespace cli {

using stage3::Error;
using stage3::Selection;

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
  const bool is_address = !options.ips.empty() && selection_of(options).is_all();
  return {error.code(), (is_address ? "--ip: " : "") + error.message()};
}

void check_selected(const Options& options, const stage3::StateStore& store) {
  try {
    (void)stage3::select(store.devices(), options.ips, selection_of(options));
  } catch (const Error& error) {
    throw naming_option(options, Error(error.code(), error.message() + " in " + store.path()));
  }
}

}  // namespace cli
