#pragma once

#include <string>
#include <vector>

#include <stage3/device.hpp>

#include "state/document.hpp"
#include "state/handed_out.hpp"
#include "state/record.hpp"
#include "state/sends.hpp"

namespace stage3::state {

/// Results that wait to be saved.
struct Recorded {
  const HandedOut& devices;            ///< of the file that was loaded
  std::vector<const Record*> records;  ///< parallel to them; null: none
  const Sends& sends;                  ///< of them that have been saved
};

/// The records with the entries of a document that they belong to.
struct Assigned {
  std::vector<const Record*> records;  ///< parallel to the document's entries; null: none
  std::vector<std::string> vanished;   ///< keys of devices whose entry is no longer there
  std::vector<std::string> ambiguous;  ///< keys of those whose entry could be meant otherwise or
                                       ///< keeps the record of an update, or the key, that it has
  std::vector<std::string> rekeyed;    ///< those of them whose entry keeps its key
};

/// Finds the entry of each record. Marks those entries that keep their record of an update, since
/// it is one that this store has neither read nor written: an update that somebody else has sent
/// meanwhile, of which nobody would know once it were gone. Likewise those that keep their key,
/// which is not the one that the device was asked with: whoever put it there knows of another
/// device, and nothing that writes is to be sent to this one.
Assigned assign(Document& document, const Recorded& recorded);

}  // namespace stage3::state
