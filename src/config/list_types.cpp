#include "config/list_types.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "config/hold_rule.hpp"
#include "config/window.hpp"

namespace stage3::config {
namespace {

/// More than any name, version or list of days takes.
constexpr std::size_t kMaxItemBytes = 1024;

void check_text(const std::string& item) {
  if (item.empty()) throw Refusal{"an item is empty: leave it out"};
  if (item.size() > kMaxItemBytes) {
    throw Refusal{quoted(item) + " is longer than " + std::to_string(kMaxItemBytes) + " bytes"};
  }
  for (std::string_view rest = item; !rest.empty();) {
    const Decoded decoded = decode_utf8(rest);
    if (!decoded.valid) throw Refusal{quoted(item) + " is not UTF-8"};
    if (is_control(decoded.code_point))
      throw Refusal{quoted(item) + " has a control character in it"};
    rest.remove_prefix(decoded.length);
  }
}

}  // namespace

void HoldItem::check(const std::string& item) {
  HoldRule::parse(item);
}

void BuildItem::check(const std::string& item) {
  for (const char c : item) {
    if (c > '~' || c < '!')
      throw Refusal{quoted(item) +
                    " is no version or build id: they have no blanks, and are ASCII"};
    if (c == '*' || c == '?') {
      throw Refusal{quoted(item) +
                    " is no version or build id: patterns are not read here, name each"};
    }
    if (std::string_view(",;\"'[]{}<>=").find(c) != std::string_view::npos)
      throw Refusal{quoted(item) + " is no version or build id: each is an item of its own"};
  }
}

void WindowItem::check(const std::string& item) {
  Window::parse(item);
}

std::string AnyList::expects(std::string_view of, std::size_t max) {
  return "a list of " + std::string(of) + ", " + std::to_string(max) + " at most";
}

std::optional<Refusal> AnyList::find_unfit(const Items& items, std::size_t max,
                                           void (*check)(const std::string&)) {
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i == max) {
      return Refusal{std::to_string(items.size()) + " items are too many, " + std::to_string(max) +
                         " are allowed",
                     i};
    }
    try {
      check_text(items[i]);
      check(items[i]);
    } catch (const Refusal& refusal) {
      return Refusal{refusal.message, i};
    }
  }
  return std::nullopt;
}

}  // namespace stage3::config
