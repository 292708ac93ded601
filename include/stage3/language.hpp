#pragma once

namespace stage3 {

/// In which texts for people are written.
enum class Language { en, de };

}  // namespace stage3
