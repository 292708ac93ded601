#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "disk/file_system.hpp"
#include "net/network.hpp"

namespace stage3::net {

/// What a run has of the machine it runs on. A seam: a test that brings another one has the real
/// Runner, Worker and probes in a time and a network of its own, and decides about disk and chance
/// as well. Any thread; outlives the runners that use it.
class Platform : public TimeSource {
 public:
  /// The network of one worker, which waits on `cancel_fd` as well. `tls_ca`: certificates in PEM
  /// that devices' must chain to, empty: any will do; must outlive it. Throws Error(Errc::system).
  virtual std::unique_ptr<Network> open_network(int cancel_fd, const std::string& tls_ca) = 0;

  /// The disk that the state file is on.
  virtual disk::FileSystem& file_system() = 0;

  /// Bytes that nobody can foresee. Throws Error(Errc::system).
  virtual void fill_random(void* ret_bytes, std::size_t size) = 0;
};

/// This machine.
Platform& system_platform() noexcept;

}  // namespace stage3::net
