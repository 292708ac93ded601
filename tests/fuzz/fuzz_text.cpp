// Names and escaping: no control character comes out, and normalising twice changes nothing.
// Version order: a total one.

#include <stage3/device.hpp>

#include <cstdint>
#include <cstdlib>

#include "base/utf8.hpp"
#include "probe/name.hpp"
#include "probe/version_order.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void require_no_control(std::string_view text) {
  while (!text.empty()) {
    const stage3::Decoded decoded = stage3::decode_utf8(text);
    require(decoded.valid && !stage3::is_control(decoded.code_point));
    text.remove_prefix(decoded.length);
  }
}

int compare(std::string_view a, std::string_view b) {
  using stage3::probe::FirmwareVersion;
  const auto left = FirmwareVersion::parse(a, a);
  const auto right = FirmwareVersion::parse(b, b);
  return left && right ? FirmwareVersion::compare(*left, *right) : 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  require_no_control(stage3::escape(text));
  const std::string name = stage3::probe::normalise_name(text, 64);
  require_no_control(name);
  require(stage3::probe::normalise_name(name, 64) == name);

  const std::string_view a = text.substr(0, size / 2);
  const std::string_view b = text.substr(size / 2);
  require(compare(a, b) == -compare(b, a));
  require(compare(a, a) == 0);
  return 0;
}
