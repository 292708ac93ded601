#pragma once

#include <array>
#include <string_view>

namespace stage3::report {

/// The page around what is put in: before the language, the title, the body and the data, and
/// behind them. Made by embed.py of page.html, page.css and page.js.
const std::array<std::string_view, 5>& page_pieces() noexcept;

}  // namespace stage3::report
