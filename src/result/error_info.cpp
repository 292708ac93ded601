#include <stage3/error_info.hpp>

#include <algorithm>

#include "result/error_rows.hpp"

namespace stage3 {
namespace {

using result::ErrorRow;

/// Columns; a MAC may take four more.
constexpr std::size_t kMaxShort = 24;

const ErrorRow& row_of(const DeviceError& error) noexcept {
  const auto& rows = result::error_rows();
  const auto* const row = std::find_if(rows.begin(), rows.end(), [&](const ErrorRow& candidate) {
    return candidate.part == error.part && (candidate.is_rest || candidate.cause == error.cause);
  });
  return row != rows.end() ? *row : rows.back();
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// The text up to its first colon with a blank behind it, the part's own aside: "unchanged" of
/// "OTA: unchanged: 1.7.5 ...". An address has others.
std::string_view first_words(std::string_view text, std::string_view part) {
  const std::size_t begin = part.size() + 2;
  if (text.size() <= begin) return {};
  return text.substr(begin, text.find(": ", begin) - begin);
}

/// What the error itself says, where its kind does not decide.
std::string own_words(const DeviceError& error, std::string_view part) {
  if (error.cause == Cause::wrong_device) {
    const std::size_t found = error.text.rfind("found ");
    if (found != std::string::npos) return error.text.substr(found);
  }
  if (error.rpc_code != 0) return std::to_string(error.rpc_code);
  if (error.http_status != 0) return "HTTP " + std::to_string(error.http_status);
  return std::string(first_words(error.text, part));
}

}  // namespace

const ErrorInfo& error_info(const DeviceError& error) noexcept {
  return row_of(error).info;
}

const ErrorInfo* find_error_info(std::string_view id) noexcept {
  const auto& rows = result::error_rows();
  const auto* const row = std::find_if(
      rows.begin(), rows.end(), [&](const ErrorRow& candidate) { return candidate.info.id == id; });
  return row != rows.end() ? &row->info : nullptr;
}

const std::vector<ErrorInfo>& error_infos() {
  static const std::vector<ErrorInfo> infos = [] {
    std::vector<ErrorInfo> all;
    for (const ErrorRow& row : result::error_rows())
      all.push_back(row.info);
    return all;
  }();
  return infos;
}

std::string error_ids(const std::vector<DeviceError>& errors) {
  std::vector<std::string_view> ids;
  std::string joined;
  for (const DeviceError& error : errors) {
    const std::string_view id = error_info(error).id;
    if (std::find(ids.begin(), ids.end(), id) != ids.end()) continue;
    ids.push_back(id);
    if (!joined.empty()) joined += ' ';
    joined += id;
  }
  return joined;
}

std::string short_form(const DeviceError& error) {
  const std::string part = to_string(error.part);
  const std::string_view shortly = row_of(error).shortly;
  const std::size_t most = error.cause == Cause::wrong_device ? kMaxShort + 4 : kMaxShort;
  // What is wrong with an entry its own words say best.
  if (shortly.empty() || error.part == Part::entry) {
    const std::string own = own_words(error, part);
    const bool fits = part.size() + 2 + own.size() <= most;
    if (!own.empty() && fits && is_printable(own)) return part + ": " + own;
  }
  return part + ": " + std::string(shortly.empty() ? to_string(error.cause) : shortly);
}

}  // namespace stage3
