#pragma once

#include <map>
#include <string>
#include <string_view>

namespace sim {

std::string sha256_hex(std::string_view text);

/// The scheme of an Authorization header, e.g. "Digest".
std::string auth_scheme(const std::string& header);

/// The parameters of a Digest Authorization header; empty when it is malformed or of another
/// scheme. Names in lower case.
std::map<std::string, std::string> digest_fields(const std::string& header);

/// The `response` that RFC 7616 demands for SHA-256 and qop=auth with the nonce, nc, cnonce and
/// realm of `fields`.
std::string digest_response(const std::map<std::string, std::string>& fields,
                            const std::string& password, const std::string& method,
                            const std::string& uri);

}  // namespace sim
