#include "message.hpp"

#include <stage3/text.hpp>

namespace cli {

std::string harmless(std::string_view message) {
  std::string out;
  for (std::size_t at = message.find('\\'); at != std::string_view::npos; at = message.find('\\')) {
    out += stage3::escape(message.substr(0, at)) + '\\';
    message.remove_prefix(at + 1);
  }
  return out + stage3::escape(message);
}

}  // namespace cli
