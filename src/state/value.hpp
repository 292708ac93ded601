#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "json/scalars.hpp"
#include "json/write.hpp"

namespace stage3::state {

struct Change;

/// Changes to the members of one object. Whose they are must outlive this.
struct Changes {
  const Change* first = nullptr;
  std::size_t count = 0;

  const Change* begin() const { return first; }
  const Change* end() const;
};

/// Seconds since the epoch (UTC); in a file a string such as `2026-11-23T14:31:05Z`.
struct UtcTime {
  std::int64_t seconds = 0;
};

/// What a member is set to. An object that is there already keeps what is not ours; one that is not
/// gets those members that are set.
using Value = std::variant<std::string_view, std::int64_t, bool, UtcTime, Changes>;

/// What is to become of one member of an object.
struct Change {
  enum class Kind {
    keep,
    set,
    remove,
  };

  std::string_view name;
  Kind kind = Kind::keep;
  Value value;

  /// Whether a member that is not there is added.
  bool adds() const { return kind == Kind::set; }
};

/// How many members of one object are ours at most.
constexpr std::size_t kMaxChanges = 16;

/// What the texts of records may hold.
enum class Texts {
  any,
  plain  ///< nothing that is escaped, which is not looked for then
};

/// Values that are no objects, as they are spelled in one file.
class Spelling {
 public:
  explicit Spelling(json::Charset charset, Texts texts = Texts::any)
      : charset_(charset), texts_(texts) {}

  void append(std::string& out, const Value& value);

  /// Whether `token` means `value` already, whatever its escapes.
  bool says(std::string_view token, const Value& value);

 private:
  std::string_view text_of(UtcTime time);
  void quote(std::string& out, std::string_view text) const;

  json::Charset charset_;
  Texts texts_;
  /// Neighbours in a file are mostly asked within the same seconds.
  struct Remembered {
    std::int64_t seconds = 0;
    std::string text;
  };
  std::array<Remembered, 8> times_;
};

// What a value of a file is where it is of the wanted type, and nothing where it is not.

/// A text of at most `max_size` bytes. Valid as long as the scalar is.
std::optional<std::string_view> as_text(const json::Scalar& scalar, std::size_t max_size);
/// A whole number in plain digits.
std::optional<std::int64_t> as_integer(const json::Scalar& scalar);
std::optional<bool> as_boolean(const json::Scalar& scalar);
/// A time after the epoch and not after `latest`.
std::optional<UtcTime> as_time(const json::Scalar& scalar, std::int64_t latest);

}  // namespace stage3::state
