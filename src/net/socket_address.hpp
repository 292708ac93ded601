#pragma once

#include <sys/socket.h>

#include <cstdint>

#include <stage3/address.hpp>

namespace stage3::net {

/// The kernel's form of an address, with `port` instead of its own. Returns how long it is.
socklen_t to_sockaddr(const Address& address, std::uint16_t port, sockaddr_storage& out) noexcept;

/// The address without its port.
Address to_address(const sockaddr_storage& from) noexcept;

}  // namespace stage3::net
