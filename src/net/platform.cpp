#include "net/platform.hpp"

#include <sys/random.h>

#include <cerrno>
#include <system_error>

#include <stage3/error.hpp>

#include "net/system_network.hpp"

namespace stage3::net {

namespace {

class SystemPlatform final : public Platform {
 public:
  Clock::time_point now() const noexcept override { return system_time().now(); }
  std::int64_t utc() const noexcept override { return system_time().utc(); }

  std::unique_ptr<Network> open_network(int cancel_fd, const std::string& tls_ca) override {
    return std::make_unique<SystemNetwork>(*this, cancel_fd, tls_ca);
  }

  disk::FileSystem& file_system() override { return disk::real_file_system(); }

  void fill_random(void* ret_bytes, std::size_t size) override {
    if (getrandom(ret_bytes, size, 0) != static_cast<ssize_t>(size))
      throw Error(Errc::system,
                  "cannot get random numbers: " + std::generic_category().message(errno));
  }
};

}  // namespace

Platform& system_platform() noexcept {
  static SystemPlatform platform;
  return platform;
}

}  // namespace stage3::net
