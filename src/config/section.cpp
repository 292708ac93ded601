#include "config/section.hpp"

#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <stage3/error.hpp>

#include "base/text.hpp"
#include "config/invisible.hpp"
#include "config/lost_section.hpp"
#include "config/yaml_cursor.hpp"
#include "config/yaml_problem.hpp"

namespace stage3::config {
namespace {

using Kind = YamlEvent::Kind;

class SectionWalk {
 public:
  SectionWalk(std::string_view yaml, const std::string& name, const std::string& section,
              Missing missing, SectionReader& reader)
      : cursor_(yaml, name),
        name_(name),
        section_(section),
        missing_(missing),
        reader_(reader),
        lost_(section),
        second_(section) {}

  void document() {
    if (cursor_.next().kind != Kind::stream_end) {
      const YamlEvent& root = cursor_.next();
      if (root.kind == Kind::mapping_start) {
        top_level();
      } else if (!root.is_null()) {
        cursor_.fail("the top level must be a mapping of sections", root.mark);
      }
      while (cursor_.next().kind != Kind::stream_end) {
      }
    }
    if (found_) {
      check_beside();
    } else if (missing_ == Missing::refused) {
      fail_missing();
    }
  }

 private:
  void top_level() {
    bool is_empty = false;  // our section, which was met last
    while (cursor_.next().kind != Kind::mapping_end) {
      const YamlEvent key = cursor_.event();
      if (key.kind != Kind::scalar || is_merge(key)) {
        // It might bring in our section: ignoring it could switch something on or off.
        cursor_.fail("only plain names may be keys at the top level", key.mark);
      }
      check_visible(key);
      if (key.text != section_) {
        if (is_empty) check_not_ours(key);
        is_empty = false;
        other_section(key);
        continue;
      }
      if (found_) fail_duplicate(section_, *found_, key.mark);
      found_ = key.mark;
      check_key(key);
      cursor_.next();
      is_empty = cursor_.event().is_null() && cursor_.event().text.empty();
      mapping_or_nothing({});
    }
  }

  /// Behind a section with nothing in it stands what was to be in it.
  void check_not_ours(const YamlEvent& key) {
    try {
      reader_.expect({std::string(key.text)});
    } catch (const Refusal&) {
      return;
    }
    const std::string name(key.text);
    cursor_.fail(quoted(name) + " stands below " + quoted(section_) +
                     " without being in it: indent it (or " +
                     (reader_.owns(name) ? own_one(name) : "write " + quoted(section_ + ": {}")) +
                     " if it belongs to something else)",
                 key.mark);
  }

  std::string own_one(const std::string& key) const {
    return "give " + quoted(section_) + " a " + quoted(key + ": {}") + " of its own";
  }

  /// What seems to be read, but is not: part of the section, or all of it a second time.
  void check_beside() {
    for (const auto& [key, mark] : owned_outside_) {
      if (keys_.count(key) != 0) continue;
      cursor_.fail(quoted(key) + " stands beside " + quoted(section_) +
                       " without being in it: indent it (or " + own_one(key) +
                       " if it belongs to something else)",
                   mark);
    }
    if (const auto& meant = second_.same()) cursor_.fail(meant->message, meant->mark);
  }

  void other_section(const YamlEvent& key) {
    std::string outer(key.text);
    if (missing_ == Missing::refused) lost_.see(outer, key.mark);
    // A single value (`stage: beta`) is no section.
    if (cursor_.next().kind == Kind::mapping_start) {
      if (missing_ == Missing::refused) second_.see(outer, key.mark);
      if (reader_.owns(outer)) owned_outside_.emplace(outer, key.mark);
    }
    look_through(outer);
  }

  /// Leaves the value that begins with the current event.
  void look_through(const std::string& outer) {
    if (cursor_.event().kind == Kind::sequence_start) {
      while (cursor_.next().kind != Kind::sequence_end)
        look_through(outer);
    } else if (cursor_.event().kind == Kind::mapping_start) {
      while (cursor_.next().kind != Kind::mapping_end) {
        const YamlEvent& key = cursor_.event();
        if (key.kind == Kind::scalar && missing_ == Missing::refused)
          lost_.see_below(outer, key.text, key.mark);
        look_through(outer);
        cursor_.next();
        look_through(outer);
      }
    }
  }

  [[noreturn]] void fail_missing() {
    if (const auto& meant = lost_.meant()) cursor_.fail(meant->message, meant->mark);
    throw Error(Errc::config,
                "there is no section " + quoted(section_) + " in it: add the line " +
                    quoted(section_ + ":") + " (with nothing below it, all defaults hold)",
                name_);
  }

  /// The value of a section; `path` is empty for the one asked for.
  void mapping_or_nothing(const KeyPath& path) {
    const YamlEvent& value = cursor_.event();
    check_value(value);
    if (value.is_null()) return;
    if (value.kind != Kind::mapping_start) {
      const bool lacks_blank =
          value.plain && find_colon_without_blank(value.text, 0) != std::string_view::npos;
      cursor_.fail((path.empty() ? section_ : dotted(path)) +
                       " must be a mapping of keys to values" +
                       (lacks_blank ? std::string(": ") + kNoBlank : std::string()),
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
    if (path.size() == 1) keys_.insert(path.front());
    const auto expected = refusable(mark, [&] { return reader_.expect(path); });
    const auto [known, is_new] = mark_of_key.emplace(path.back(), mark);
    if (!is_new) fail_duplicate(dotted(path), known->second, mark);

    cursor_.next();
    switch (expected) {
      case SectionReader::Expected::mapping:
        return mapping_or_nothing(path);
      case SectionReader::Expected::list:
        return list(path);
      case SectionReader::Expected::scalar:
        return scalar(path);
    }
  }

  void scalar(const KeyPath& path) {
    const YamlEvent& value = cursor_.event();
    check_single(dotted(path) + " must be", value);
    check_given(dotted(path), "the key", value);
    refusable(value.mark, [&] { reader_.take(path, SectionScalar{value.text, !value.plain}); });
  }

  void list(const KeyPath& path) {
    Items items;
    std::vector<Mark> marks;
    const YamlEvent& event = cursor_.event();
    const Mark begin = event.mark;
    if (event.kind == Kind::sequence_start) {
      check_value(event);
      const std::string what = "an item of " + dotted(path);
      while (cursor_.next().kind != Kind::sequence_end) {
        check_single(what + " must be", event);
        check_given(what, "it", event);
        items.emplace_back(event.text);
        marks.push_back(event.mark);
      }
    } else {
      check_single(dotted(path) + " must be a list or", event);
      check_given(dotted(path), "the key", event);
      items.emplace_back(event.text);
      marks.push_back(event.mark);
    }
    try {
      reader_.take_items(path, items);
    } catch (const Refusal& refusal) {
      cursor_.fail(refusal.message, refusal.item ? marks[*refusal.item] : begin);
    }
  }

  void check_single(const std::string& must, const YamlEvent& value) {
    check_value(value);
    if (value.kind == Kind::scalar) return;
    cursor_.fail(
        must + " a single value, not a " + (value.kind == Kind::mapping_start ? "mapping" : "list"),
        value.mark);
  }

  void check_given(const std::string& what, const char* leave_out, const YamlEvent& value) {
    if (!value.is_null()) return;
    cursor_.fail(what + " has no value: give one or leave " + leave_out + " out", value.mark);
  }

  void check_key(const YamlEvent& key) {
    if (key.kind == Kind::alias) refuse_feature("aliases", key.mark);
    if (key.kind != Kind::scalar) refuse_feature("keys that are lists or mappings", key.mark);
    if (is_merge(key)) refuse_feature("merge keys", key.mark);
    check_value(key);
    check_visible(key);
  }

  void check_visible(const YamlEvent& key) {
    if (const std::string problem = invisible_in(key.text); !problem.empty())
      cursor_.fail(problem, key.mark);
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
  const std::string& name_;
  const std::string& section_;
  const Missing missing_;
  SectionReader& reader_;
  /// Among all keys.
  LostSection lost_;
  /// Among the sections of the top level.
  LostSection second_;
  std::map<std::string, Mark> owned_outside_;
  /// Directly below our section.
  std::set<std::string> keys_;
  std::optional<Mark> found_;
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
                  Missing missing, SectionReader& reader) {
  SectionWalk(yaml, name, section, missing, reader).document();
}

}  // namespace stage3::config
