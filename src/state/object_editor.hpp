#pragma once

#include <string>
#include <string_view>

#include "state/document.hpp"
#include "state/splices.hpp"

namespace stage3::state {

/// How the members of an object are written. The views are of the text that it was taken from.
struct Layout {
  std::string_view separator;  ///< between the comma and the next name: white space
  std::string_view colon;      ///< between a name and its value, colon included
  std::string_view unit;       ///< one more level of indentation
  unsigned depth = 0;          ///< so many more, for objects that are built from nothing

  bool is_multi_line() const { return separator.find('\n') != std::string_view::npos; }

  /// The layout of an object that is the value of a member of an object with this layout.
  Layout nested() const;
};

/// The layout of an entry: taken from the white space around its members and behind its key.
Layout layout_of(std::string_view bytes, const Entry& entry);

/// The object at bytes [begin, end), with some members, in the layout of the object around it.
Layout layout_of_inner(std::string_view bytes, const Member& object, const Layout& outer);

/// Whether an object has no members.
bool is_empty(std::string_view bytes, const Member& object);

/// Changes members of one object that stands in `bytes`. Members are replaced and removed in file
/// order, then others are appended. The value of a member is what the caller appends to the string
/// that it is given, before the next call.
class ObjectEditor {
 public:
  /// `object` is a non-empty object. All arguments must outlive the editor.
  ObjectEditor(std::string_view bytes, const Member& object, const Layout& layout,
               Splices& splices);

  std::string& replace(const Member& member);
  void remove(const Member& member);
  std::string& append(std::string_view name);

 private:
  std::string_view bytes_;
  const Layout& layout_;
  Splices& splices_;
  std::size_t members_end_;
  std::size_t removed_from_start_to_;  // no member before it is left; at first the first member
  std::string* appended_ = nullptr;    // where append() goes on; null: it has not begun
};

/// Appends an object to a string, member by member, the values as with ObjectEditor.
class ObjectBuilder {
 public:
  ObjectBuilder(const Layout& layout, std::string& out);

  std::string& add(std::string_view name);
  void finish();

 private:
  const Layout& layout_;
  std::string& out_;
  bool is_first_ = true;
};

}  // namespace stage3::state
