#pragma once

#include <string>
#include <string_view>

namespace stage3::report {

/// `text` as content or as the value of an attribute in double quotes, whatever is in it: what
/// cannot be seen becomes visible (stage3::escape()), and what HTML would heed means itself.
std::string html(std::string_view text);

/// The same of a text of this project's own, in which nothing is hidden.
std::string html_of_own(std::string_view text);

/// `text` as a value in the hash of the page.
std::string hash_value(std::string_view text);

/// JSON that may stand between <script> and </script>.
std::string script_safe(std::string_view json);

}  // namespace stage3::report
