#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <stage3/config.hpp>
#include <stage3/error.hpp>

#include <cerrno>
#include <utility>

#include "base/file.hpp"
#include "base/utf8.hpp"
#include "config/section.hpp"
#include "config/yaml_cursor.hpp"

namespace stage3 {
namespace {

using config::KeyPath;
using config::Refusal;

/// Knows `password` and `devices.<mac>.password`. Its refusals quote nothing of the file, not even
/// a key: a slip of the pen can put a password there.
class SecretsReader : public config::SectionReader {
 public:
  Expected expect(const KeyPath& path) override {
    if (path.size() == 1 && path[0] == "password") return Expected::scalar;
    if (path.size() == 1 && path[0] == "devices") return Expected::mapping;
    if (path.size() == 1)
      throw Refusal{"unknown key, only 'password' and 'devices' are known here"};
    if (path.size() == 2) {
      const std::optional<Mac> mac = Mac::parse(path[1]);
      if (!mac) throw Refusal{"not a MAC address: 12 hex digits, bare or in pairs with ':' or '-'"};
      if (!by_mac_.emplace(*mac, std::nullopt).second) throw Refusal{"this MAC was given before"};
      return Expected::mapping;
    }
    if (path[2] == "password") return Expected::scalar;
    throw Refusal{"unknown key, only 'password' is known here"};
  }

  void take(const KeyPath& path, const config::SectionScalar& value) override {
    if (value.text.empty()) throw Refusal{"the password must not be empty"};
    for (std::string_view rest = value.text; !rest.empty();) {
      const Decoded decoded = decode_utf8(rest);
      if (is_control(decoded.code_point)) {
        throw Refusal{"the password must not hold control characters"};
      }
      rest.remove_prefix(decoded.length);
    }
    auto& target = path.size() == 1 ? common_ : by_mac_.at(*Mac::parse(path[1]));
    target = value.text;
  }

  std::optional<std::string> take_common() { return std::move(common_); }

  /// The devices that have a password of their own.
  std::map<Mac, std::string> take_devices() {
    std::map<Mac, std::string> devices;
    for (auto& [mac, password] : by_mac_) {
      if (password) devices.emplace(mac, *std::move(password));
    }
    return devices;
  }

 private:
  std::optional<std::string> common_;
  std::map<Mac, std::optional<std::string>> by_mac_;
};

/// Overwrites a text when it goes out of scope, however that happens.
class WipeAtEnd {
 public:
  explicit WipeAtEnd(std::string& text) noexcept : text_(text) {}
  WipeAtEnd(const WipeAtEnd&) = delete;
  WipeAtEnd& operator=(const WipeAtEnd&) = delete;
  ~WipeAtEnd() { explicit_bzero(text_.data(), text_.size()); }

 private:
  std::string& text_;
};

struct stat status_of(int fd) {
  struct stat status {};
  if (fstat(fd, &status) != 0) throw FileError(errno);
  return status;
}

/// Under sudo, root works in a user's folder, where that user can put any file in this one's place
/// anyway.
bool is_folder_owner_for_root(uid_t owner, const std::string& path) {
  if (geteuid() != 0) return false;
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  struct stat status {};
  return stat(folder.c_str(), &status) == 0 && status.st_uid == owner;
}

/// Whoever can write the file decides which passwords go to the devices.
void check_writers(const std::string& path, const struct stat& status) {
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    throw Error::naming(Errc::config,
                        "secrets file " + path + " may be written by others: chmod 600", path);
  }
  const uid_t owner = status.st_uid;
  if (owner == 0 || owner == geteuid() || is_folder_owner_for_root(owner, path)) return;
  throw Error::naming(Errc::config,
                      "secrets file " + path + " belongs to another user (" +
                          std::to_string(owner) +
                          "), who could change it: chown it to root or to yourself",
                      path);
}

}  // namespace

Secrets Secrets::load(const std::string& path) {
  try {
    const UniqueFd fd = open_regular_file(path);
    const struct stat status = status_of(fd.get());
    check_writers(path, status);
    std::string text = read_all(fd.get(), config::kMaxYamlBytes);
    const WipeAtEnd wipe(text);
    Secrets secrets = parse(text, path);
    if ((status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
      secrets.notices_.push_back("secrets file " + path + " may be read by others: chmod 600");
    }
    return secrets;
  } catch (const FileError& error) {
    throw Error::naming(Errc::config,
                        "cannot read secrets file " + path + ": " + reason_at(path, error), path);
  }
}

Secrets Secrets::parse(std::string_view yaml, const std::string& name) {
  SecretsReader reader;
  config::read_section(yaml, name, "shelly", config::Missing::allowed, reader);
  Secrets secrets;
  secrets.common_ = reader.take_common();
  secrets.by_mac_ = reader.take_devices();
  if (!secrets.common_ && secrets.by_mac_.empty()) {
    secrets.notices_.push_back("secrets file " + name + " gives no password in a section 'shelly'");
  }
  return secrets;
}

std::optional<std::string> Secrets::password_for(const Mac& mac) const {
  const auto own = by_mac_.find(mac);
  return own != by_mac_.end() ? own->second : common_;
}

}  // namespace stage3
