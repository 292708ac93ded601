#pragma once

#include <string>
#include <vector>

#include "disk/course.hpp"
#include "disk/target.hpp"
#include "disk/temp_file.hpp"

namespace stage3::disk {

/// Versions of the state file that a save has replaced while somebody had them open for writing, or
/// may have had. What is written into one of them from then on shows nowhere else: the next save
/// looks for it.
class LateWriters {
 public:
  /// `name` is the one that the version has now, empty if it has none. A few are kept open.
  void watch(Original&& version, const std::string& name);

  /// Keeps what has been written into them as `.rescued` or the like, and says so. A version that
  /// nobody has open any more loses its name. What fails is noted, too. So it goes with the
  /// versions of earlier runs that still stand there.
  void look(const Target& target, const SaveCourse& course, std::vector<std::string>& notices);

 private:
  struct Version {
    Original original;
    std::string name;
  };

  void look_at_earlier(const Target& target, std::vector<std::string>& notices) const;
  bool is_watched(const std::string& name) const;

  std::vector<Version> versions_;
};

}  // namespace stage3::disk
