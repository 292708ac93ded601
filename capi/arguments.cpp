#include "arguments.hpp"

#include "guard.hpp"
#include "structs.hpp"

namespace stage3::capi {

stage3_callbacks read_callbacks(const stage3_callbacks* callbacks) {
  if (callbacks == nullptr) return STAGE3_CALLBACKS_INIT;
  return read_struct(callbacks, "callbacks");
}

std::vector<std::string> read_texts(const char* const* texts, std::size_t count, const char* what) {
  std::vector<std::string> out;
  for (std::size_t i = 0; texts != nullptr && i < count; ++i)
    out.emplace_back(text(texts[i], what));
  return out;
}

std::vector<std::string> read_terms(const char* const* terms, std::size_t count) {
  if (terms == nullptr && count != 0) refuse("terms must not be NULL");
  return read_texts(terms, count, "term");
}

stage3_summary to_c(const stage3::Summary& s) noexcept {
  return {sizeof(stage3_summary),
          s.total,
          s.ok,
          s.failed,
          s.offline,
          s.cancelled,
          s.updates,
          s.held,
          s.updated};
}

}  // namespace stage3::capi
