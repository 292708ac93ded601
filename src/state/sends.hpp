#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <unordered_set>

#include <stage3/update_record.hpp>

#include "state/document.hpp"
#include "state/record.hpp"

namespace stage3::state {

/// The record of an update that stands in this entry of the document; its state is `none` where
/// there is none, `unreadable` where it cannot be read.
UpdateRecord ota_in(const Document& document, const Entry& entry);

/// The key of a device that stands in an entry.
struct KeyInFile {
  bool is_there = false;
  std::optional<TlsPin> pin;  ///< none though something is there: it cannot be read
};
KeyInFile key_in(const Document& document, const Entry& entry);

/// The sends of updates that a store has put into its file, by the index of the device there. What
/// is found in the file of a device, and is none of them, somebody else has put there.
class Sends {
 public:
  void add(std::size_t device, const Record::Update& update);
  bool has(std::size_t device, const UpdateRecord& update) const;
  bool has(std::size_t device, const Record::Update& update) const;

 private:
  std::unordered_set<std::size_t> hashes_;
};

/// Whether both are about the same send, whatever each says became of it.
bool is_same_send(const UpdateRecord& a, const UpdateRecord& b);

}  // namespace stage3::state
