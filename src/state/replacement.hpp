#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "state/target.hpp"
#include "state/temp_file.hpp"

namespace stage3::state {

/// Puts a new file in the place of the state file, unless that has changed meanwhile.
class Replacement {
 public:
  enum class Backup {
    make,  ///< the old file becomes `.bak`
    keep   ///< there is one already, of this run
  };

  /// `bytes` is what the state file held when it was `original`. All arguments must outlive the
  /// object.
  Replacement(const Target& target, const Original& original, std::string_view bytes, Backup backup,
              std::vector<std::string>& notices);

  /// True: `temp`, complete and synced, is the state file now, durably. False: somebody else has
  /// changed the state file; theirs is in place. Throws Failure: the old one is in place.
  bool put(TempFile& temp);

 private:
  bool has_changed() const;
  bool put_by_rename(TempFile& temp);
  bool displaced_is_original(const std::string& displaced) const;
  void commit(const std::string& displaced);
  void swap_back(const TempFile& temp);
  void undo(const TempFile& temp) noexcept;

  const Target& target_;
  const Original& original_;
  std::string_view bytes_;
  Backup backup_;
  std::vector<std::string>& notices_;
};

/// Makes `.bak` by copying: `bytes` and the attributes of `original`. Throws Failure.
void copy_to_backup(const Target& target, const Original& original, std::string_view bytes,
                    std::vector<std::string>& notices);

}  // namespace stage3::state
