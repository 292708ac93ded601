#include "config/hold_rule.hpp"

#include <algorithm>
#include <string>

#include "base/text.hpp"
#include "config/section.hpp"

namespace stage3::config {
namespace {

constexpr std::string_view kApp = "app=";
constexpr std::string_view kName = "name=";

bool is_of_an_app(char c) {
  return c > ' ' && c < '\x7f';
}

Glob glob_of(std::string_view item, std::string_view prefix) {
  const std::string_view pattern = item.substr(prefix.size());
  if (pattern.empty()) throw Refusal{quoted(item) + " has nothing behind the '='"};
  if (prefix == kApp && !std::all_of(pattern.begin(), pattern.end(), is_of_an_app))
    throw Refusal{quoted(item) + " holds nothing: an app has no blanks, and is ASCII"};
  auto glob = Glob::parse(pattern);
  if (!glob) {
    throw Refusal{quoted(item) +
                  " is no pattern: a bracket is not closed, a range begins with its upper end, or "
                  "nothing follows a backslash"};
  }
  return *std::move(glob);
}

}  // namespace

HoldRule HoldRule::parse(std::string_view item) {
  if (item.substr(0, kApp.size()) == kApp) return {Kind::app, {}, glob_of(item, kApp)};
  if (item.substr(0, kName.size()) == kName) return {Kind::name, {}, glob_of(item, kName)};
  const auto mac = Mac::parse(item);
  if (!mac) {
    throw Refusal{quoted(item) +
                  " is neither a MAC (12 hex digits, bare or in pairs with ':' or '-') nor "
                  "app=GLOB nor name=GLOB"};
  }
  return {Kind::mac, *mac};
}

}  // namespace stage3::config
