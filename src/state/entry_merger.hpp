#pragma once

#include <array>
#include <string_view>

#include "state/document.hpp"
#include "state/fields.hpp"
#include "state/object_editor.hpp"
#include "state/record.hpp"
#include "state/splices.hpp"
#include "state/value.hpp"

namespace stage3::state {

/// Puts typed values into objects of a file, in the file's own style.
class ObjectMerger {
 public:
  /// All arguments must outlive the merger. Splices are added in the order of the file.
  ObjectMerger(std::string_view bytes, Spelling& spelling, Splices& splices)
      : bytes_(bytes), spelling_(spelling), splices_(splices) {}

  /// Changes the members of `object`, which has some. `places` says where those that are to change
  /// begin, one for each of `changes`; 0: absent. `outer` is the layout of the object around it.
  void edit(const Member& object, Changes changes, const Offset* places, const Layout& outer) const;

  /// The same for one whose members have not been looked for yet.
  void edit(const Member& object, Changes changes, const Layout& outer) const;

  /// Appends an object with those members that are set, as the value of a member of an object with
  /// the layout `outer`.
  void build(std::string& out, Changes changes, const Layout& outer) const;

 private:
  void replace(ObjectEditor& editor, const Member& member, const Value& value,
               const Layout& layout) const;
  void append(std::string& out, const Value& value, const Layout& layout) const;

  std::string_view bytes_;
  Spelling& spelling_;
  Splices& splices_;
};

/// Puts one record into its entry.
class EntryMerger {
 public:
  EntryMerger(std::string_view bytes, const Entry& entry, const Record::Content& record,
              Spelling& spelling, Splices& splices);

  void merge();

 private:
  void merge_fw();
  void fill_in();
  void merge_stage3();
  bool adds_any() const;
  Changes changes() const { return {changes_.data(), changes_.size()}; }

  std::string_view bytes_;
  const Entry& entry_;
  const Record::Content& record_;
  Spelling& spelling_;
  const Layout layout_;
  ObjectMerger objects_;
  ObjectEditor editor_;
  InnerChanges inner_;
  std::array<Change, kFieldCount> changes_;
};

}  // namespace stage3::state
