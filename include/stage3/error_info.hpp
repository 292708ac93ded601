#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <stage3/language.hpp>
#include <stage3/result.hpp>

namespace stage3 {

/// What an operator needs to know of one kind of error. All texts are UTF-8, static, one or two
/// sentences each, and name no device.
struct ErrorInfo {
  /// `part.cause` in small letters, "auth.login_refused": stable, for programs.
  const char* id;
  const char* meaning[2];  ///< what happened, by Language
  const char* advice[2];   ///< what to do, by Language
};

/// What is to be said of any error. One that the library never makes, which only a caller's own
/// transport can report, is described by its part alone (`identity.other`).
const ErrorInfo& error_info(const DeviceError&) noexcept;

/// The row with this id; null: there is none.
const ErrorInfo* find_error_info(std::string_view id) noexcept;

/// All rows: by part in the order of Part, then in the order in which they are explained.
const std::vector<ErrorInfo>& error_infos();

/// The ids of all errors, each once, joined by a blank: `error_id` of a result.
std::string error_ids(const std::vector<DeviceError>&);

/// The error in at most 24 columns (28 where it names a MAC), the deciding word among them:
/// "auth: refused", "identity: found A8032A000033", "OTA: -114". Pure ASCII.
std::string short_form(const DeviceError&);

}  // namespace stage3
