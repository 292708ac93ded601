#pragma once

#include <stage3/error.hpp>
#include <stage3/job.hpp>
#include <string>

namespace cli {

struct Options;

/// What `--select` and `--retry` ask for together.
stage3::Selection selection_of(const Options& options);

/// How many devices they have chosen; empty: all were meant.
std::string selected_text(const Options& options, const stage3::Job& job);

/// An error about which devices are meant, with the options that it is about as they were typed,
/// and the file.
stage3::Error naming_option(const Options& options, const stage3::Error& error);

/// Throws what a run would where no device is meant.
void check_selected(const Options& options, const stage3::StateStore& store);

}  // namespace cli
