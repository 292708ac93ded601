#include <algorithm>
#include <new>
#include <string_view>

#include "guard.hpp"
#include "utf8_cut.hpp"

namespace stage3::capi {
namespace {

constexpr const char* kWords[] = {
    "invalid_argument", "config",    "state_read", "state_write", "locked",
    "system",           "reentrant", "forked",     "nomem",       "internal",
};
constexpr int kLastCode = -static_cast<int>(std::size(kWords));

constexpr int to_code(stage3::Errc code) {
  return -1 - static_cast<int>(code);
}
static_assert(to_code(stage3::Errc::invalid_argument) == STAGE3_E_INVALID_ARGUMENT);
static_assert(to_code(stage3::Errc::config) == STAGE3_E_CONFIG);
static_assert(to_code(stage3::Errc::state_read) == STAGE3_E_STATE_READ);
static_assert(to_code(stage3::Errc::state_write) == STAGE3_E_STATE_WRITE);
static_assert(to_code(stage3::Errc::locked) == STAGE3_E_LOCKED);
static_assert(to_code(stage3::Errc::system) == STAGE3_E_SYSTEM);
static_assert(to_code(stage3::Errc::reentrant) == STAGE3_E_REENTRANT);
static_assert(to_code(stage3::Errc::forked) == STAGE3_E_FORKED);
static_assert(kLastCode == STAGE3_E_INTERNAL);

template <std::size_t size>
void fill(char (&target)[size], std::string_view text) noexcept {
  const std::size_t length = fitting_length(text, size - 1);
  text.copy(target, length);
  target[length] = '\0';
}

/// A struct that is not of this version or a later one is not touched: it may be anything.
bool is_known(const stage3_error& error) noexcept {
  return error.struct_size >= sizeof(stage3_error);
}

int fail(stage3_error* error, int code, std::string_view message) noexcept {
  if (error == nullptr || !is_known(*error)) return code;
  error->code = code;
  error->line = error->column = error->reserved = 0;
  fill(error->message, message);
  fill(error->path, {});
  return code;
}

int fail(stage3_error* error, const stage3::Error& what) noexcept {
  const int code = fail(error, to_code(what.code()), what.what());
  if (error == nullptr || !is_known(*error)) return code;
  error->line = what.line();
  error->column = what.column();
  fill(error->path, what.path());
  return code;
}

}  // namespace

int report(stage3_error* error) noexcept {
  try {
    throw;
  } catch (const stage3::Error& what) {
    return fail(error, what);
  } catch (const std::bad_alloc&) {
    return fail(error, STAGE3_E_NOMEM, "out of memory");
  } catch (const std::exception& what) {
    return fail(error, STAGE3_E_INTERNAL, what.what());
  } catch (...) {
    return fail(error, STAGE3_E_INTERNAL, "an unknown exception");
  }
}

void refuse(const std::string& message) {
  throw stage3::Error(stage3::Errc::invalid_argument, message);
}

}  // namespace stage3::capi

const char* stage3_error_word(int code) noexcept {
  return code < 0 && code >= capi::kLastCode ? capi::kWords[-1 - code] : "";
}
