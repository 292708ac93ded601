#include <stage3/address.hpp>

#include <algorithm>
#include <string>

#include "base/address.hpp"
#include "base/address_range.hpp"
#include "base/text.hpp"

namespace stage3 {
namespace {

/// One of them, or several behind commas, one of which is a range or a network.
bool is_for_selection(std::string_view text) {
  bool has_range = false;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    if (!AddressRange::parse(part)) return false;
    has_range = has_range || !Address::parse(part);
    begin = end + 1;
  }
  return has_range;
}

bool is_between(std::size_t at, std::string_view text) {
  return at != std::string_view::npos && at > 0 && at + 1 < text.size();
}

/// A span that AddressRange refuses.
bool is_bad_span(std::string_view text) {
  const std::size_t dash = text.find('-');
  return is_between(dash, text) && Address::parse(text.substr(0, dash));
}

}  // namespace

std::string why_no_address(std::string_view text, std::string_view selection) {
  const std::string shown = quoted(text);
  const std::string term(selection);
  if (Mac::parse(text))
    return shown + " is a MAC address: " + term + "mac=" + std::string(text) + " takes those";
  if (is_for_selection(text)) {
    return shown + " is a range of addresses: " + term + "ip=" + std::string(text) + " takes those";
  }
  if (is_between(text.find_first_of(",; "), text))
    return shown + " is several words in one: each address is a word of its own";
  if (is_bad_span(text)) return shown + " is not a range of addresses, or ends before it begins";
  const std::string what = explain_address(text);
  if (what == kIsHostName) {
    return shown + ' ' + what + "; `getent ahosts " + std::string(text) +
           "` tells which addresses it has";
  }
  return shown + ' ' + what + " (a.b.c.d, a.b.c.d:port, IPv6 or [IPv6]:port)";
}

}  // namespace stage3
