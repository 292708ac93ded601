#include "init.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stage3/config.hpp>
#include <stage3/error.hpp>
#include <stage3/text.hpp>
#include <string>
#include <utility>

#include "console.hpp"
#include "exit_status.hpp"
#include "options.hpp"
#include "process.hpp"

namespace cli {
namespace {

using stage3::Errc;
using stage3::Error;

[[noreturn]] void fail_init(const std::string& path, const std::string& reason) {
  throw Error(Errc::config, reason, path);
}

/// The file that this process has made, and nobody else.
class NewFile {
 public:
  explicit NewFile(const std::string& path)
      : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) {
    if (fd_ >= 0) return;
    if (errno == EEXIST) {
      fail_init(path, "it is there already, and stays as it is: --config names another file");
    }
    fail_init(path, std::string("cannot make the configuration file: ") + std::strerror(errno));
  }
  ~NewFile() {
    if (fd_ >= 0) ::close(fd_);
    if (!is_whole_) ::unlink(path_.c_str());
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  void write(const std::string& text) {
    int failure = write_durably(fd_, text);
    if (::close(std::exchange(fd_, -1)) != 0 && failure == 0) failure = errno;
    if (failure != 0) {
      fail_init(path_,
                std::string("cannot write the configuration file: ") + std::strerror(failure));
    }
    is_whole_ = true;
  }

 private:
  std::string path_;
  int fd_;
  bool is_whole_ = false;
};

/// One level of it: a path that is wrong further up is a mistake.
void make_directory_of(const std::string& path) {
  const std::string directory = directory_of(path);
  if (directory.empty() || ::mkdir(directory.c_str(), 0777) == 0 || errno == EEXIST) return;
  fail_init(path, "cannot make the directory " + directory + ": " + std::strerror(errno));
}

}  // namespace

int init(const Options& options, Console& console) {
  const std::string& path = options.config_path;
  make_directory_of(path);
  NewFile(path).write(stage3::Config::default_file());
  console.line(stage3::escape(path) +
               ": written, with every key at its default. The devices are read from " +
               stage3::escape(stage3::Config().ip_state_file) + "; see 'stage3 --dry-run' next");
  return kOk;
}

}  // namespace cli
