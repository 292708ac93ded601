#pragma once

#include <yaml.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace stage3::config {

/// A place in the text: code points from its start (after a byte order mark).
using Mark = std::size_t;

struct YamlEvent {
  enum class Kind {
    stream_end,
    document_start,
    document_end,
    alias,
    scalar,
    sequence_start,
    sequence_end,
    mapping_start,
    mapping_end
  };
  Kind kind = Kind::stream_end;
  /// Where it begins.
  Mark mark = 0;
  /// Of a scalar; valid until the next event.
  std::string_view text;
  /// A scalar without quotes or block indicator.
  bool plain = false;
  bool anchored = false;
  bool tagged = false;

  /// A plain scalar that YAML reads as "no value": nothing at all, `~` or `null`.
  bool is_null() const noexcept;
};

/// Reads YAML event by event. Bounds: 1 MiB, 32 levels, one document, 16 %TAG directives; valid
/// UTF-8. Its messages
/// never quote the text.
class YamlCursor {
 public:
  /// `yaml` and `name` (which stands for the path in errors) must outlive the cursor.
  YamlCursor(std::string_view yaml, const std::string& name);
  YamlCursor(const YamlCursor&) = delete;
  YamlCursor& operator=(const YamlCursor&) = delete;
  /// Wipes libyaml's buffers: they may hold passwords.
  ~YamlCursor();

  /// Throws Error(Errc::config) with line and column for what is not YAML or beyond the bounds.
  const YamlEvent& next();
  const YamlEvent& event() const noexcept { return event_; }

  /// Throws Error(Errc::config) that points at `mark`.
  [[noreturn]] void fail(const std::string& message, Mark mark) const;
  /// The line at `mark`, from 1.
  int line(Mark mark) const noexcept;

 private:
  void parse_event();
  void convert_event();
  void check_bounds();
  void forget_event() noexcept;
  [[noreturn]] void fail_as_parser() const;
  void fail_at_slip(Mark mark) const;
  [[noreturn]] void fail_at_byte(const std::string& message, std::size_t offset) const;

  std::string_view yaml_;
  const std::string& name_;
  yaml_parser_t parser_;
  yaml_event_t raw_event_;
  YamlEvent event_{};
  unsigned depth_ = 0;
  unsigned documents_ = 0;
};

/// The most bytes a YAML file may have.
constexpr std::size_t kMaxYamlBytes = std::size_t{1} << 20;

}  // namespace stage3::config
