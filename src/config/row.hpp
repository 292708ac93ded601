#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "config/items.hpp"
#include "config/section.hpp"
#include "config/value_types.hpp"

namespace stage3::config {

/// One option of the struct `Root`: all that is known about it.
template <class Root>
struct Row {
  /// `ota.mode`.
  std::string_view name;
  /// What it is for, a sentence of the documentation.
  std::string_view help;
  /// A text may be quoted; a list has functions of its own.
  Kind kind;
  /// What a value must be, for messages.
  std::string (*expects)();
  /// The value as assign() takes it, of a list as parse_items() does.
  std::string (*show)(const Root&);
  /// False: unfit, nothing was changed. Null for a list.
  bool (*assign)(Root&, std::string_view);
  /// The value is one assign() can give. Null for a list.
  bool (*is_fit)(const Root&);
  /// Why an item is unfit, and nothing was changed. Of a list, else null.
  std::optional<Refusal> (*assign_items)(Root&, Items);
  /// Why an item is one that assign_items() would not take. Of a list, else null.
  std::optional<Refusal> (*find_unfit)(const Root&);
};

/// What the pointers to members lead to, one level after the other.
template <auto first, auto... inner, class Struct>
constexpr auto& member(Struct& from) {
  if constexpr (sizeof...(inner) == 0) {
    return from.*first;
  } else {
    return member<inner...>(from.*first);
  }
}

template <class Root, class Value>
Root root_of(Value Root::*);

/// A value of type `Type` (see value_types.hpp and list_types.hpp) at `first`, or as many levels
/// deeper as there are pointers in `inner`.
template <class Type, auto first, auto... inner>
constexpr auto row(std::string_view name, std::string_view help) {
  using Root = decltype(root_of(first));
  Row<Root> row{name,    help,    Type::kKind, &Type::expects, nullptr,
                nullptr, nullptr, nullptr,     nullptr};
  if constexpr (Type::kKind == Kind::list) {
    row.show = [](const Root& root) { return show_items(member<first, inner...>(root)); };
    row.assign_items = [](Root& root, Items items) {
      auto refusal = Type::find_unfit(items);
      if (!refusal) member<first, inner...>(root) = std::move(items);
      return refusal;
    };
    row.find_unfit = [](const Root& root) {
      return Type::find_unfit(member<first, inner...>(root));
    };
  } else {
    row.show = [](const Root& root) { return Type::show(member<first, inner...>(root)); };
    row.assign = [](Root& root, std::string_view text) {
      auto value = Type::parse(text);
      if (!value || !Type::allows(*value)) return false;
      member<first, inner...>(root) = *std::move(value);
      return true;
    };
    row.is_fit = [](const Root& root) { return Type::allows(member<first, inner...>(root)); };
  }
  return row;
}

}  // namespace stage3::config
