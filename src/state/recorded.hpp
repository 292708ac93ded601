#pragma once

#include <string>
#include <vector>

#include <stage3/device.hpp>

#include "state/document.hpp"
#include "state/record.hpp"

namespace stage3::state {

/// Results that wait to be saved.
struct Recorded {
  const std::vector<Device>& devices;  ///< as in the file that was loaded
  std::vector<const Record*> records;  ///< parallel to them; null: none
};

/// The records with the entries of a document that they belong to.
struct Assigned {
  std::vector<const Record*> records;  ///< parallel to the document's entries; null: none
  std::vector<std::string> vanished;   ///< keys of devices whose entry is no longer there
  std::vector<std::string> ambiguous;  ///< keys of those whose entry could be meant otherwise
                                       ///< or keeps a record of an update that cannot be read
};

/// Finds the entry of each record.
Assigned assign(const Document& document, const Recorded& recorded);

}  // namespace stage3::state
