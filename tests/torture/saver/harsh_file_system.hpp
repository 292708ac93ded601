#pragma once

#include <string>

#include "disk/file_system.hpp"

namespace stage3::torture {

/// One protection of the save protocol taken out, to show that a harness would notice.
enum class Mutant {
  none,
  in_place,            ///< writes into the state file itself (see naive_save())
  read_and_rename,     ///< does not look whether somebody else has changed it (likewise)
  no_fsync,            ///< new bytes are not flushed
  no_directory_fsync,  ///< new names are not flushed
  no_lock,             ///< two savers at once
  no_exchange,         ///< a look and a rename: what changes in between is lost
  deaf,                ///< takes each write for a success
  shared_temp,         ///< the temporary file has the name that the runbook's has
  no_trial,            ///< nothing is tried before the run
  backup_twice,        ///< every save makes a backup
  trusting             ///< opens what it finds under the temporary name, follows links
};

/// The names as on the command line: `in-place` and so on. Throws std::invalid_argument.
Mutant mutant_of(const std::string& name);

/// The real file system with a protection taken out, and a power cut at one of its calls.
class HarshFileSystem : public disk::FileSystem {
 public:
  enum class Journal { flushed, not_flushed };

  explicit HarshFileSystem(Mutant mutant) : mutant_(mutant) {}

  /// Before the call number `call`, counted from 1, the file system of `directory` loses its power
  /// (root only; ext4 and xfs) and the process ends with status kCut. 0: never.
  void cut_power_at(unsigned call, const std::string& directory, Journal journal);
  /// The same at once.
  [[noreturn]] void cut_power() const;

  /// Waiting takes no time.
  void hurry() { is_hurrying_ = true; }

  static constexpr int kCut = 9;

  int open_at(int dir, const char* name, int flags, mode_t mode) override;
  ssize_t read_at(int fd, void* to, std::size_t size, off_t offset) override;
  ssize_t write(int fd, const void* from, std::size_t size) override;
  int fsync(int fd) override;
  int stat(int fd, struct stat* ret_status) override;
  int stat_at(int dir, const char* name, struct stat* ret_status) override;
  int lock(int fd, int operation) override;
  int rename_at(int dir, const char* from, const char* to) override;
  int exchange_at(int dir, const char* a, const char* b) override;
  int unlink_at(int dir, const char* name) override;
  int change_owner(int fd, uid_t user, gid_t group) override;
  int change_mode(int fd, mode_t mode) override;
  ssize_t list_attributes(int fd, char* to, std::size_t size) override;
  int remove_attribute(int fd, const char* name) override;
  int probe_writer(int fd) override;
  std::chrono::steady_clock::time_point now() override;
  void sleep(std::chrono::microseconds time) override;

 private:
  void count();
  /// The name that the mutant uses instead.
  const char* named(const char* name) const;

  Mutant mutant_;
  unsigned calls_ = 0;
  unsigned cut_at_ = 0;
  std::string cut_directory_;
  Journal journal_ = Journal::flushed;
  bool is_hurrying_ = false;
  mutable std::string other_name_;
  std::chrono::microseconds slept_{0};
};

}  // namespace stage3::torture
