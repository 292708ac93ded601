#include "config/section.hpp"

#include <map>
#include <optional>

#include "config/yaml_cursor.hpp"

namespace stage3::config {
namespace {

using Kind = YamlEvent::Kind;

class SectionWalk {
 public:
  SectionWalk(std::string_view yaml, const std::string& name, const std::string& section,
              SectionReader& reader)
      : cursor_(yaml, name), section_(section), reader_(reader) {}

  void document() {
    if (cursor_.next().kind == Kind::stream_end) return;
    const YamlEvent& root = cursor_.next();
    if (root.kind == Kind::mapping_start) {
      top_level();
    } else if (!root.is_null()) {
      cursor_.fail("the top level must be a mapping of sections", root.mark);
    }
    while (cursor_.next().kind != Kind::stream_end) {
    }
  }

 private:
  void top_level() {
    std::optional<Mark> found;
    while (cursor_.next().kind != Kind::mapping_end) {
      const YamlEvent key = cursor_.event();
      if (key.kind != Kind::scalar || is_merge(key)) {
        // It might bring in our section: ignoring it could switch something on or off.
        cursor_.fail("only plain names may be keys at the top level", key.mark);
      }
      if (key.text != section_) {
        cursor_.next();
        cursor_.skip_value();
        continue;
      }
      if (found) fail_duplicate(section_, *found, key.mark);
      found = key.mark;
      check_key(key);
      cursor_.next();
      mapping_or_nothing({});
    }
  }

  /// The value of a section; `path` is empty for the one asked for.
  void mapping_or_nothing(const KeyPath& path) {
    const YamlEvent& value = cursor_.event();
    check_value(value);
    if (value.is_null()) return;
    if (value.kind != Kind::mapping_start) {
      cursor_.fail(
          (path.empty() ? section_ : dotted(path)) + " must be a mapping of keys to values",
          value.mark);
    }
    std::map<std::string, Mark> mark_of_key;
    while (cursor_.next().kind != Kind::mapping_end)
      key_and_value(path, mark_of_key);
  }

  void key_and_value(KeyPath path, std::map<std::string, Mark>& mark_of_key) {
    const Mark mark = cursor_.event().mark;
    check_key(cursor_.event());
    path.emplace_back(cursor_.event().text);
    const auto expected = refusable(mark, [&] { return reader_.expect(path); });
    const auto [known, is_new] = mark_of_key.emplace(path.back(), mark);
    if (!is_new) fail_duplicate(dotted(path), known->second, mark);

    cursor_.next();
    if (expected == SectionReader::Expected::mapping) {
      mapping_or_nothing(path);
    } else {
      scalar(path);
    }
  }

  void scalar(const KeyPath& path) {
    const YamlEvent& value = cursor_.event();
    check_value(value);
    if (value.kind != Kind::scalar) {
      cursor_.fail(dotted(path) + " must be a single value, not a " +
                       (value.kind == Kind::mapping_start ? "mapping" : "list"),
                   value.mark);
    }
    if (value.is_null()) {
      cursor_.fail(dotted(path) + " has no value: give one or leave the key out", value.mark);
    }
    refusable(value.mark, [&] { reader_.take(path, SectionScalar{value.text, !value.plain}); });
  }

  void check_key(const YamlEvent& key) {
    if (key.kind == Kind::alias) refuse_feature("aliases", key.mark);
    if (key.kind != Kind::scalar) refuse_feature("keys that are lists or mappings", key.mark);
    if (is_merge(key)) refuse_feature("merge keys", key.mark);
    check_value(key);
  }

  void check_value(const YamlEvent& value) {
    if (value.kind == Kind::alias) refuse_feature("aliases", value.mark);
    if (value.anchored) refuse_feature("anchors", value.mark);
    if (value.tagged) refuse_feature("tags", value.mark);
    if (value.text.find('\0') != std::string_view::npos)
      refuse_feature("NUL characters", value.mark);
  }

  static bool is_merge(const YamlEvent& key) { return key.plain && key.text == "<<"; }

  [[noreturn]] void refuse_feature(const char* feature, Mark mark) {
    cursor_.fail(std::string(feature) + " are not allowed in section '" + section_ + "'", mark);
  }

  [[noreturn]] void fail_duplicate(const std::string& key, Mark first, Mark mark) {
    cursor_.fail(
        "duplicate key '" + key + "', first given in line " + std::to_string(cursor_.line(first)),
        mark);
  }

  /// Gives a Refusal of the reader its place.
  template <class Function>
  auto refusable(Mark mark, Function function) -> decltype(function()) {
    try {
      return function();
    } catch (const Refusal& refusal) {
      cursor_.fail(refusal.message, mark);
    }
  }

  YamlCursor cursor_;
  const std::string& section_;
  SectionReader& reader_;
};

}  // namespace

std::string dotted(const KeyPath& path) {
  std::string text;
  for (const std::string& key : path) {
    if (!text.empty()) text += '.';
    text += key;
  }
  return text;
}

void read_section(std::string_view yaml, const std::string& name, const std::string& section,
                  SectionReader& reader) {
  SectionWalk(yaml, name, section, reader).document();
}

}  // namespace stage3::config
