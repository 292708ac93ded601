#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/items.hpp"

namespace stage3::config {

/// The keys that lead to a value below its section, outermost first.
using KeyPath = std::vector<std::string>;

/// `a.b.c`
std::string dotted(const KeyPath& path);

/// What stands at a key, as spelled.
struct SectionScalar {
  /// Quoted scalars are decoded.
  std::string_view text;
  bool quoted;
};

/// Why a key or a value is refused. Thrown by a SectionReader, which does not know where in the
/// text it is.
struct Refusal {
  std::string message;
  /// Which item of a list it is about, from 0.
  std::optional<std::size_t> item{};
};

/// Knows the keys of a section and takes their values.
class SectionReader {
 public:
  enum class Expected { scalar, list, mapping };

  SectionReader() = default;
  SectionReader(const SectionReader&) = delete;
  SectionReader& operator=(const SectionReader&) = delete;
  virtual ~SectionReader() = default;

  /// What must stand at `path`; asked once for each time the key is met. Throws Refusal for an
  /// unknown key.
  virtual Expected expect(const KeyPath& path) = 0;

  /// Takes the value of a key for which expect() said scalar. Throws Refusal.
  virtual void take(const KeyPath& path, const SectionScalar& value) = 0;

  /// The same for a key for which expect() said list; a single value is a list of one.
  virtual void take_items(const KeyPath& /*path*/, const Items& /*items*/) {}

  /// Whether a top-level mapping called `key` can hardly belong to anything but this section.
  virtual bool owns(std::string_view /*key*/) const { return false; }
};

/// What a text without the section is: like one whose section is empty, or an error.
enum class Missing { allowed, refused };

/// Reads `yaml` (at most 1 MiB, one document) and hands what stands in its top-level section
/// `section` to `reader`, in the order of the text; the other sections are checked for syntax only.
/// A section without a value is like one without keys; but where keys of the section follow it at
/// the top level, they have lost their indentation: an error. So has a
/// mapping that the reader owns beside a section that lacks it. Where `missing` refuses, so is a
/// text without the section, or with a second one whose name is almost the same; the message names
/// what may have been meant. A key with invisible characters is an error, at the top level too.
/// Throws Error(Errc::config) with `name`, line and column; what the reader was given before that
/// is not to be used. No message of its own quotes a value.
void read_section(std::string_view yaml, const std::string& name, const std::string& section,
                  Missing missing, SectionReader& reader);

}  // namespace stage3::config
