#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <stage3/state_store.hpp>

#include "state/document.hpp"
#include "state/file_system.hpp"
#include "state/record.hpp"
#include "state/target.hpp"
#include "state/temp_file.hpp"

namespace stage3::state {

/// Results that wait to be saved.
struct Recorded {
  const std::vector<Device>& devices;  ///< as in the file that was loaded
  std::vector<const Record*> records;  ///< parallel to them; null: none
};

/// Saves results into the state file. The first save keeps the file as it was before as `.bak`.
class Saver {
 public:
  /// `system` must outlive the saver.
  Saver(FileSystem& system, std::string path);

  /// Puts all of `recorded` into what the file holds by now, which replaces `document` if it is
  /// something else. Throws Failure: the file is what it was.
  SaveReport save(Document& document, const Recorded& recorded);

 private:
  void let_others_finish(const Target& target, std::chrono::steady_clock::time_point until);
  Original read_current(const Target& target, Document& document);
  bool replace(const Target& target, const Original& original, const Document& document,
               TempFile& temp, std::vector<std::string>& notices);

  FileSystem& system_;
  std::string path_;
  bool has_backup_ = false;
};

}  // namespace stage3::state
