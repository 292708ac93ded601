#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "openssl_ptr.hpp"
#include "reply.hpp"
#include "tls_fault.hpp"

namespace sim {

/// What a fault answers to `hello`, all that the client has sent so far; nothing where more must
/// come. `serve` makes the server's side of a good handshake. Not for the kinds `key` and `http`.
std::optional<Reply> break_handshake(const TlsFault& fault, std::string_view hello,
                                     const std::function<SslPtr()>& serve);

}  // namespace sim
