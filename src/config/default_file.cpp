#include <stage3/config.hpp>

#include <algorithm>

#include <stage3/version.hpp>

#include "base/text.hpp"
#include "config/keys.hpp"
#include "config/scalars.hpp"

namespace stage3 {
namespace {

constexpr std::size_t kColumns = 100;

/// `text` as lines of comments behind `indent`.
std::string comment(const std::string& indent, std::string_view text) {
  std::string lines;
  std::string line = indent + '#';
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (line.size() + 1 + word.size() > kColumns) {
      lines += line + '\n';
      line = indent + '#';
    }
    line.append(" ").append(word);
  }
  return lines + line + '\n';
}

/// Nobody takes it for anything but a text.
bool is_word(std::string_view text) {
  return !text.empty() && !is_digit(text.front()) && !config::parse_boolean(text) &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return is_digit(static_cast<char>(c)) || (c >= 'a' && c <= 'z') ||
                  (c >= 'A' && c <= 'Z') || c == '_' || c == '/' || c == '.';
         });
}

/// Between single quotes only a quote means anything; no default has a line break.
std::string scalar(const config::Key& key, const std::string& value) {
  if (key.kind != config::Kind::text || is_word(value)) return value;
  std::string quoted = "'";
  for (const char c : value)
    quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + '\'';
}

}  // namespace

std::string Config::default_file() {
  std::string text = comment("", std::string("stage3 ") + version() +
                                     ": every key with its default, which a key that is left out "
                                     "has, too.") +
                     comment("", "`stage3 --check-config` checks this file.") + "stage3:\n";
  const Config defaults;
  std::string section;
  for (const config::Key& key : config::all_keys()) {
    const std::string name(key.name);
    const std::string parent = name.substr(0, name.find('.') + 1);
    if (parent != section && !parent.empty())
      text += "\n  " + parent.substr(0, parent.size() - 1) + ":\n";
    section = parent;
    const std::string indent(parent.empty() ? 2 : 4, ' ');
    text += comment(indent, key.help) + comment(indent, "Value: " + key.expects());
    text += indent + name.substr(parent.size()) + ": " + scalar(key, key.show(defaults)) + '\n';
  }
  return text;
}

}  // namespace stage3
