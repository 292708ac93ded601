#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <stage3/state_store.hpp>

#include "state/document.hpp"
#include "state/file_system.hpp"
#include "state/record.hpp"
#include "state/target.hpp"
#include "state/temp_file.hpp"

namespace stage3::state {

/// A result that waits to be saved.
struct Recorded {
  Mac mac;
  std::string_view key;  ///< as in the file that was loaded
  std::size_t index;     ///< of its entry in that file, where it most likely still is
  std::shared_ptr<const Record> record;
};

/// Saves results into the state file. The first save keeps the file as it was before as `.bak`.
class Saver {
 public:
  /// `system` must outlive the saver.
  Saver(FileSystem& system, std::string path);

  /// Puts all of `recorded` into what the file holds by now, which replaces `document` if it is
  /// something else. Throws Failure: the file is what it was.
  SaveReport save(Document& document, const std::vector<Recorded>& recorded);

 private:
  Original read_current(const Target& target, Document& document);
  bool replace(const Target& target, const Original& original, const Document& document,
               const Splices& splices, std::vector<std::string>& notices);

  FileSystem& system_;
  std::string path_;
  bool has_backup_ = false;
};

}  // namespace stage3::state
