// The secrets file: any bytes give an Error that quotes nothing of the file, or passwords that can
// be used. Passwords of the corpus contain the word "canary".

#include <stage3/config.hpp>
#include <stage3/error.hpp>

#include "target.hpp"
#include "unicode.hpp"

using namespace stage3::fuzz;

namespace {

void check_password(const std::optional<std::string>& password) {
  if (!password) return;
  const auto decoded = decode(*password);
  require(decoded.has_value() && !decoded->empty(), "a password is not empty, and valid UTF-8");
  for (const char32_t c : *decoded)
    require(c >= 0x20 && (c < 0x7F || c > 0x9F), "a password has no control characters");
}

void check_told(std::string told, std::string_view text) {
  // The mutant quotes the line where a quote is not closed.
  if (kMutant && told.find("quoted scalar") != std::string::npos) told += text;
  require(told.find("canary") == std::string::npos, "no message quotes the file");
  require(is_harmless(told), "a message is harmless");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text(data, size);
  try {
    const auto secrets = stage3::Secrets::parse(text, "fuzz");
    for (const char* mac : {"A8032ABE54DC", "34945472A643"})
      check_password(secrets.password_for(*stage3::Mac::parse(mac)));
    for (const std::string& notice : secrets.notices())
      check_told(notice, text);
  } catch (const stage3::Error& error) {
    require(error.code() == stage3::Errc::config, "what is wrong with the file is told as such");
    check_told(error.what(), text);
  }
  return 0;
}
