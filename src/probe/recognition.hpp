#pragma once

#include <optional>

#include "probe/conversation.hpp"
#include "rpc/answers.hpp"

/// Who is there?
namespace stage3::probe {

/// What the right device says of itself in this answer to "who are you"; none: it is not there,
/// which is said in the result.
std::optional<rpc::DeviceInfo> recognise(Conversation&, const Reply&);

/// There is no going on by this way, as the reply to that question has shown: says so.
void tell_no_way(Conversation&, Route::Turn);

/// What had to answer by TLS has none, as far as this reply shows.
bool lacks_tls(const Conversation&, const Reply&);
void tell_no_tls(Conversation&, const Reply&);

/// Another device has the address: says so, and takes the right one for gone.
void meet_stranger(Conversation&, const Mac& found);

}  // namespace stage3::probe
