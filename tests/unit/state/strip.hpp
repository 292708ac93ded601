#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace stage3::test {

/// A state file without what this stage may write: the members of `stage3` that it owns, `stage3`
/// itself where nothing else is in it, the value of an entry's `fw` and a `model` or `hostname`
/// that holds one of the given tokens. Two files that differ in nothing else are equal after it,
/// byte by byte. Knows nothing of the library: a scanner of its own.
class Stripper {
 public:
  Stripper(std::string_view text, std::string model, std::string hostname)
      : text_(text), model_(std::move(model)), hostname_(std::move(hostname)) {}

  std::string run() {
    const bool wrapped = text_.find("\"devices\"") != std::string_view::npos;
    const std::size_t begin = skip_space(0);
    std::string left(text_.substr(0, begin));
    left += object(begin, wrapped ? Level::wrapper : Level::entries);
    left += text_.substr(end_);
    return left;
  }

 private:
  enum class Level { wrapper, entries, entry, stage3, other };

  std::size_t skip_space(std::size_t at) const {
    return std::min(text_.find_first_not_of(" \t\r\n", at), text_.size());
  }

  std::size_t string_end(std::size_t at) const {
    for (++at; text_[at] != '"'; ++at) {
      if (text_[at] == '\\') ++at;
    }
    return at + 1;
  }

  std::size_t value_end(std::size_t at) const {
    if (text_[at] == '"') return string_end(at);
    if (text_[at] != '{' && text_[at] != '[') return text_.find_first_of(" \t\r\n,]}", at);
    for (int depth = 0;;) {
      if (text_[at] == '"') {
        at = string_end(at);
        continue;
      }
      if (text_[at] == '{' || text_[at] == '[') ++depth;
      if (text_[at] == '}' || text_[at] == ']') --depth;
      ++at;
      if (depth == 0) return at;
    }
  }

  Level level_below(Level level, std::string_view name) const {
    if (level == Level::wrapper && name == "\"devices\"") return Level::entries;
    if (level == Level::entries) return Level::entry;
    if (level == Level::entry && name == "\"stage3\"") return Level::stage3;
    return Level::other;
  }

  static bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n{}") == std::string_view::npos;
  }

  /// Whether the member goes, given what is left of its value.
  bool goes(Level level, std::string_view name, std::string_view left) const {
    if (level == Level::stage3) {
      for (const char* ours :
           {"ota_status", "friendly_status", "last_run", "last_seen", "fw", "fw_id", "app",
            "update", "update_build", "device_name", "error", "ota", "error_id", "failing_since"}) {
        if (name == "\"" + std::string(ours) + "\"") return true;
      }
    }
    if (level != Level::entry) return false;
    if (name == "\"fw\"") return left.front() == '"';
    if (name == "\"model\"") return left == model_;
    if (name == "\"hostname\"") return left == hostname_;
    return name == "\"stage3\"" && (left == "null" || is_blank(left));
  }

  /// What is left of the object at `at`; leaves end_ behind it.
  std::string object(std::size_t at, Level level) {
    std::string left = "{";
    std::size_t from = at + 1;
    bool some_left = false;
    for (at = skip_space(from); text_[at] != '}';) {
      const std::size_t key = at;
      const std::size_t comma = text_[key] == ',' ? key : std::string_view::npos;
      const std::size_t name_begin = comma == key ? skip_space(key + 1) : key;
      const std::size_t name_end = string_end(name_begin);
      const std::string_view name = text_.substr(name_begin, name_end - name_begin);
      const std::size_t value = skip_space(skip_space(name_end) + 1);
      const std::size_t end = value_end(value);
      const Level below = level_below(level, name);
      const std::string rest = text_[value] == '{' && below != Level::other
                                   ? object(value, below)
                                   : std::string(text_.substr(value, end - value));
      const bool is_first = comma == std::string_view::npos;
      if (is_first) left += text_.substr(from, name_begin - from);
      if (!goes(level, name, rest)) {
        if (some_left) left += text_.substr(from, name_begin - from);
        left += text_.substr(name_begin, value - name_begin);
        left += rest;
        some_left = true;
      } else if (some_left) {
        left += text_.substr(from, comma - from);
      }
      from = end;
      at = skip_space(end);
    }
    left += text_.substr(from, at + 1 - from);
    end_ = at + 1;
    return left;
  }

  std::string_view text_;
  std::string model_;
  std::string hostname_;
  std::size_t end_ = 0;
};

}  // namespace stage3::test
