#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "config/value_types.hpp"

namespace stage3::config {

/// One option of the struct `Root`: all that is known about it.
template <class Root>
struct Row {
  /// `ota.mode`.
  std::string_view name;
  /// What it is for, a sentence of the documentation.
  std::string_view help;
  /// A text may be quoted.
  Kind kind;
  /// What a value must be, for messages.
  std::string (*expects)();
  /// False: unfit, nothing was changed.
  bool (*assign)(Root&, std::string_view);
  /// The value as assign() takes it.
  std::string (*show)(const Root&);
  /// The value is one assign() can give.
  bool (*is_fit)(const Root&);
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

/// A value of type `Type` (see value_types.hpp) at `first`, or as many levels deeper as there are
/// pointers in `inner`.
template <class Type, auto first, auto... inner>
constexpr auto row(std::string_view name, std::string_view help) {
  using Root = decltype(root_of(first));
  return Row<Root>{
      name,
      help,
      Type::kKind,
      &Type::expects,
      [](Root& root, std::string_view text) {
        auto value = Type::parse(text);
        if (!value || !Type::allows(*value)) return false;
        member<first, inner...>(root) = *std::move(value);
        return true;
      },
      [](const Root& root) { return Type::show(member<first, inner...>(root)); },
      [](const Root& root) { return Type::allows(member<first, inner...>(root)); },
  };
}

}  // namespace stage3::config
