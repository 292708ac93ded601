#pragma once

#include <string_view>

#include "state/document.hpp"

namespace stage3::state {

// These find their way in a text that json::read() has accepted, and check nothing.

bool is_white_space(char c);

/// The first byte from `at` on that is not white space.
std::size_t white_space_end(std::string_view bytes, std::size_t at);

/// Where the white space before `at` begins.
std::size_t white_space_begin(std::string_view bytes, std::size_t at);

/// Where the string that begins at `at` ends, behind its closing quote.
std::size_t string_end(std::string_view bytes, std::size_t at);

/// The member of an object whose name begins at `key`.
Member member_at(std::string_view bytes, Offset key);

/// The first member of an object, and the one behind another; no Member behind the last.
Member first_member(std::string_view bytes, const Member& object);
Member next_member(std::string_view bytes, const Member& member);

}  // namespace stage3::state
