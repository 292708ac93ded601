#include "disk/trial.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <string>
#include <vector>

#include "disk/failure.hpp"
#include "disk/names.hpp"
#include "disk/rescue.hpp"
#include "disk/temp_file.hpp"

namespace stage3::disk {
namespace {

class Look {
 public:
  explicit Look(const Target& target)
      : target_(target), directory_(target.directory), system_(target.directory.system()) {}

  void run() {
    check_peculiarities("", "its directory");
    check_state_file();
    check_siblings();
    free_rescued_name(target_);  // a save may need one
  }

 private:
  /// What a trial beside it does not find.
  void check_peculiarities(const std::string& name, const std::string& shown) {
    Peculiarities found;
    if (system_.peculiarities_at(directory_.fd(), name.c_str(), found) == -1) return;
    // A directory is replaced by nobody.
    if (found.is_mount_point && !name.empty()) {
      throw Failure(shown + " is mounted by itself and cannot be replaced: mount its directory " +
                    "instead");
    }
    if (found.is_append_only) throw Failure(shown + " is append-only: chattr -a takes that away");
    if (found.is_immutable) throw Failure(shown + " is immutable: chattr -i takes that away");
  }

  void check_state_file() {
    struct stat status {};
    if (!directory_.stat(target_.name, status)) throw Failure("No such file or directory");
    if (!S_ISREG(status.st_mode)) throw Failure("it is not a regular file");
    check_peculiarities(target_.name, "it");
    check_sticky(status, "it");
    if (system_.access_at(directory_.fd(), target_.name.c_str(), R_OK | W_OK) == -1) {
      throw Failure(target_.name, errno);
    }
    if (system_.access_at(directory_.fd(), ".", W_OK | X_OK) == -1) {
      throw Failure("its directory", errno);
    }
  }

  void check_siblings() {
    for (const char* suffix :
         {suffix::kLock, suffix::kTemp, suffix::kBackup, suffix::kBackupTemp}) {
      const std::string name = target_.sibling(suffix);
      struct stat status {};
      if (!directory_.stat(name, status)) continue;
      if (S_ISDIR(status.st_mode)) throw Failure("the directory " + name + " is in the way");
      check_peculiarities(name, name);
      if (suffix != suffix::kLock) check_sticky(status, name);
    }
  }

  /// In a directory like /tmp only its owner may put another file in a file's place.
  void check_sticky(const struct stat& file, const std::string& shown) {
    const struct stat directory = status_of(system_, directory_.fd());
    const uid_t user = system_.effective_user();
    if ((directory.st_mode & S_ISVTX) == 0 || user == 0) return;
    if (user != file.st_uid && user != directory.st_uid) {
      throw Failure("its directory lets nobody but the owner replace " + shown + " (sticky bit)");
    }
  }

  const Target& target_;
  const Directory& directory_;
  FileSystem& system_;
};

class Trial {
 public:
  Trial(const Target& target, std::string_view sample, std::size_t size, SaveCourse& course)
      : target_(target),
        directory_(target.directory),
        system_(target.directory.system()),
        sample_(sample),
        size_(std::max(size, sample.size() + 1)),
        course_(course) {}

  void run() {
    Original original;
    original.fd = directory_.open_regular(target_.name);
    if (!original.fd) throw Failure("No such file or directory");
    original.status = status_of(system_, original.fd.get());

    std::optional<TempFile> made;
    if (!make(made, original)) {
      course_.can_set_mode = false;
      make(made, original);
    }
    TempFile& first = *made;
    TempFile second(directory_, target_.sibling(suffix::kSecondTrial));
    course_.can_exchange = try_exchange(first, second);
    fill(second, course_.can_exchange ? size_of_next_save() : size_);
    directory_.rename(first.name(), second.name());
    first.give_away();
    directory_.remove(second.name());
    second.give_away();
    course_.can_sync_directory = directory_.sync();
  }

 private:
  /// A file as the save makes it. False: its mode cannot be set.
  bool make(std::optional<TempFile>& file, const Original& original) {
    file.emplace(directory_, target_.sibling(suffix::kTrial),
                 mode_of_new(system_, original, course_));
    fill(*file, size_);
    std::vector<std::string> notices_of_the_save;
    return file->complete(original, notices_of_the_save);
  }

  /// To the last byte: room that was promised is not always there when it is written to. The
  /// promise comes first all the same, since it costs nothing where there is no room.
  void fill(TempFile& file, std::size_t size) {
    if (size == 0) return;
    file.reserve(size);
    std::string repeated;  // a short sample would take very many writes
    while (sample_.size() < kPiece && repeated.size() < kPiece)
      repeated += sample_.empty() ? " " : sample_;
    const std::string_view piece = repeated.empty() ? sample_ : repeated;
    for (std::size_t left = size; left > 0; left -= std::min(left, piece.size()))
      file.write(piece.substr(0, left));
  }

  /// Where it fails, whyever, the saves go by rename.
  bool try_exchange(const TempFile& first, const TempFile& second) {
    const int done =
        system_.exchange_at(directory_.fd(), first.name().c_str(), second.name().c_str());
    if (done == -1 && (errno == EIO || errno == EROFS)) throw Failure("exchange two names", errno);
    return done == 0;
  }

  /// The first save of a run keeps the old file as the backup, in the place of an older one. So
  /// much more room than the first the second save needs.
  std::size_t size_of_next_save() const {
    struct stat backup {};
    const bool has_one = directory_.stat(target_.sibling(suffix::kBackup), backup);
    const auto given_back = has_one ? static_cast<std::size_t>(backup.st_size) : 0;
    return size_ - std::min(size_, given_back);
  }

  static constexpr std::size_t kPiece = 65536;

  const Target& target_;
  const Directory& directory_;
  FileSystem& system_;
  std::string_view sample_;
  std::size_t size_;
  SaveCourse& course_;
};

}  // namespace

void look_before_saving(const Target& target, std::size_t size) {
  Look(target).run();
  check_file_size(target.directory.system(), size);
}

void try_saving(const Target& target, std::string_view sample, std::size_t size,
                SaveCourse& course) {
  Trial(target, sample, size, course).run();
}

}  // namespace stage3::disk
