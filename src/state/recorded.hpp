#pragma once

#include <string>
#include <vector>

#include <stage3/device.hpp>

#include "state/document.hpp"
#include "state/record.hpp"
#include "state/sends.hpp"

namespace stage3::state {

/// Results that wait to be saved.
struct Recorded {
  const std::vector<Device>& devices;  ///< as in the file that was loaded
  std::vector<const Record*> records;  ///< parallel to them; null: none
  const Sends& sends;                  ///< of them that have been saved
};

/// The records with the entries of a document that they belong to.
struct Assigned {
  std::vector<const Record*> records;  ///< parallel to the document's entries; null: none
  std::vector<std::string> vanished;   ///< keys of devices whose entry is no longer there
  std::vector<std::string> ambiguous;  ///< keys of those whose entry could be meant otherwise
                                       ///< or keeps the record of an update that it has
};

/// Finds the entry of each record. Marks those entries that keep their record of an update, since
/// it is one that this store has neither read nor written: an update that somebody else has sent
/// meanwhile, of which nobody would know once it were gone.
Assigned assign(Document& document, const Recorded& recorded);

}  // namespace stage3::state
