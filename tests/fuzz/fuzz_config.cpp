// config.yaml and the secrets file: any bytes give a value or an Error, never anything else.

#include <stage3/config.hpp>
#include <stage3/error.hpp>

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    stage3::Config::parse(text, "fuzz");
  } catch (const stage3::Error&) {
  }
  try {
    stage3::Secrets::parse(text, "fuzz");
  } catch (const stage3::Error&) {
  }
  return 0;
}
