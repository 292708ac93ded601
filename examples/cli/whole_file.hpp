#pragma once

#include <string>
#include <vector>

namespace cli {

/// A file that others read while it is written anew: they see the old one or the new one, whole.
class WholeFile {
 public:
  /// `key` is what the operator knows it by, for messages; `others` are files that it must not be.
  WholeFile(std::string path, std::string key, std::vector<std::string> others);

  /// Throws stage3::Error(config), telling what to do, where write() could not succeed. Makes
  /// nothing.
  void check() const;

  /// What is there is replaced; a crash leaves one of both, and at worst a file of another name
  /// beside it. Throws stage3::Error(config).
  void write(const std::string& text) const;

 private:
  [[noreturn]] void refuse(const std::string& reason) const;

  std::string path_;
  std::string key_;
  std::vector<std::string> others_;
};

}  // namespace cli
