#pragma once

#include <cstdint>

/// What the kernel knows of a TCP connection that libcurl does not tell.
namespace stage3::net {

/// Bytes that have come over it; 0 where the kernel does not say.
std::uint64_t count_received(int socket) noexcept;

/// It has come about, whatever has become of it since.
bool has_connected(int socket) noexcept;

}  // namespace stage3::net
