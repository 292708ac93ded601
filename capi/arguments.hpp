#pragma once

#include <stage3/stage3.h>

#include <stage3/runner.hpp>
#include <string>
#include <vector>

/// What a runner and a job are made of and report, between C and C++.
namespace stage3::capi {

/// The caller's functions; none for null. Throws Error(Errc::invalid_argument).
stage3_callbacks read_callbacks(const stage3_callbacks* callbacks);

/// Whether STAGE3_RUN_DRY is set. Throws Error(Errc::invalid_argument) for flags that are unknown.
bool is_dry(unsigned flags);

/// A caller's `count` texts; none for null. Throws Error(Errc::invalid_argument).
std::vector<std::string> read_texts(const char* const* texts, std::size_t count, const char* what);

stage3_summary to_c(const stage3::Summary& summary) noexcept;

}  // namespace stage3::capi
