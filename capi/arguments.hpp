#pragma once

#include <stage3/stage3.h>

#include <stage3/runner.hpp>
#include <string>
#include <vector>

#include "guard.hpp"

/// What a runner and a job are made of and report, between C and C++.
namespace stage3::capi {

/// The caller's functions; none for null. Throws Error(Errc::invalid_argument).
stage3_callbacks read_callbacks(const stage3_callbacks* callbacks);

/// Sets what STAGE3_RUN_... say in RunOptions or JobOptions. Throws Error(Errc::invalid_argument)
/// for flags that are unknown.
template <class Options>
void read_flags(unsigned flags, Options& options) {
  if ((flags & ~(STAGE3_RUN_DRY | STAGE3_RUN_RESUME)) != 0)
    refuse("flags: not known to this version");
  options.dry_run = (flags & STAGE3_RUN_DRY) != 0;
  options.resume = (flags & STAGE3_RUN_RESUME) != 0;
}

/// A caller's `count` texts; none for null. Throws Error(Errc::invalid_argument).
std::vector<std::string> read_texts(const char* const* texts, std::size_t count, const char* what);
/// The same for terms of a selection, of which there must be some where some are counted: without
/// them all devices would be meant.
std::vector<std::string> read_terms(const char* const* terms, std::size_t count);

stage3_summary to_c(const stage3::Summary& summary) noexcept;

}  // namespace stage3::capi
