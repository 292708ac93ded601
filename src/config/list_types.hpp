#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "config/items.hpp"
#include "config/section.hpp"
#include "config/value_types.hpp"

namespace stage3::config {

// What the value of a key may be that takes a list. An item type says what the list is of, and
// throws a Refusal for an item that is none, in which it is quoted.

/// A MAC, `app=GLOB` or `name=GLOB`.
struct HoldItem {
  static constexpr std::string_view kOf = "MACs, app=GLOB and name=GLOB";
  static void check(const std::string& item);
};

/// A version, or the build id of one.
struct BuildItem {
  static constexpr std::string_view kOf = "versions and build ids";
  static void check(const std::string& item);
};

/// See Window.
struct WindowItem {
  static constexpr std::string_view kOf = "times like Mon-Fri 02:00-05:00";
  static void check(const std::string& item);
};

/// What is the same for all lists.
struct AnyList {
  static constexpr Kind kKind = Kind::list;

 protected:
  static std::string expects(std::string_view of, std::size_t max);
  static std::optional<Refusal> find_unfit(const Items& items, std::size_t max,
                                           void (*check)(const std::string&));
};

/// At most `max` of them, or none.
template <class Item, std::size_t max>
struct List : AnyList {
  static std::string expects() { return AnyList::expects(Item::kOf, max); }
  /// The refusal of the first item that may not be there; none: all may.
  static std::optional<Refusal> find_unfit(const Items& items) {
    return AnyList::find_unfit(items, max, &Item::check);
  }
};

}  // namespace stage3::config
