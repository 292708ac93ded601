#include "request.hpp"

#include <strings.h>

#include <algorithm>

#include <string_view>
#include <utility>

#include "../../shelly/shelly.hpp"

namespace serving {

namespace {

/// The value of a field; none: there is no such field.
std::optional<std::string> field(const std::string& head, std::string_view name) {
  std::size_t begin = 0;
  while ((begin = head.find("\r\n", begin)) != std::string::npos) {
    begin += 2;
    if (head.size() - begin <= name.size() || head[begin + name.size()] != ':') continue;
    if (strncasecmp(head.data() + begin, name.data(), name.size()) != 0) continue;
    const std::size_t colon = begin + name.size();
    const std::size_t end = head.find("\r\n", colon);
    const std::size_t value = head.find_first_not_of(" \t", colon + 1);
    return head.substr(value, end - std::min(value, end));
  }
  return std::nullopt;
}

}  // namespace

std::optional<Request> read_request(const std::string& text) {
  const std::size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos) return std::nullopt;
  const std::string head = text.substr(0, end + 2);
  if (const auto length = field(head, "Content-Length"))
    if (text.size() < end + 4 + std::stoul(*length)) return std::nullopt;
  Request out;
  const std::size_t space = head.find(' ');
  out.method = head.substr(0, space);
  out.target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
  out.rpc = shelly::rpc_of(out.target);
  auto authorization = field(head, "Authorization");
  out.has_authorization = authorization.has_value();
  out.authorization = std::move(authorization).value_or("");
  return out;
}

}  // namespace serving
