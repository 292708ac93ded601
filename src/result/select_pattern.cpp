#include "result/select_pattern.hpp"

#include <algorithm>
#include <optional>
#include <string>

#include <stage3/error.hpp>

#include "base/address.hpp"
#include "base/text.hpp"
#include "base/typos.hpp"

namespace stage3 {
namespace {

using Kind = SelectKey::Kind;
using Words = std::vector<std::string_view>;

[[noreturn]] void refuse(const std::string& message) {
  throw Error(Errc::invalid_argument, message);
}

std::string joined(const Words& words) {
  std::string text;
  for (const std::string_view word : words)
    text.append(text.empty() ? "" : ", ").append(word);
  return text;
}

std::string did_you_mean(std::string_view word, const Words& known) {
  const std::string_view meant = nearest_word(word, known);
  return meant.empty() ? std::string() : ", did you mean " + quoted(meant) + '?';
}

Words key_names() {
  Words names;
  for (const SelectKey& key : select_keys())
    names.push_back(key.name);
  return names;
}

/// `text` has no `=`: what it may be instead, if it is one of a key's words.
std::string with_its_key(std::string_view text) {
  for (const SelectKey& key : select_keys()) {
    if (std::find(key.words.begin(), key.words.end(), text) != key.words.end())
      return ", did you mean " + quoted(std::string(key.name) + '=' + std::string(text)) + '?';
  }
  return {};
}

const SelectKey& find_key(std::string_view name) {
  const auto& keys = select_keys();
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&](const SelectKey& known) { return known.name == name; });
  if (key != keys.end()) return *key;
  refuse("unknown key " + quoted(name) + " (there is " + joined(key_names()) + ')' +
         did_you_mean(name, key_names()));
}

/// Upper case, without the separators of a MAC; those of a set's range stay.
std::string bare_mac(std::string_view pattern) {
  std::string bare;
  bool is_in_set = false;
  for (const char c : pattern) {
    if (c == '[' || c == ']') is_in_set = c == '[';
    if (!is_in_set && (c == ':' || c == '-')) continue;
    bare += c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return bare;
}

Glob glob_of(const SelectKey& key, std::string_view pattern) {
  auto glob = Glob::parse(key.kind == Kind::mac ? bare_mac(pattern) : std::string(pattern));
  if (!glob) {
    refuse(quoted(pattern) +
           " is no pattern: a bracket is not closed, a range begins with its upper end, or nothing "
           "follows a backslash");
  }
  return *std::move(glob);
}

void check_words(const SelectKey& key, const Glob& glob, std::string_view pattern) {
  const bool fits_any = std::any_of(key.words.begin(), key.words.end(),
                                    [&](std::string_view word) { return glob.matches(word); });
  if (fits_any) return;
  refuse(quoted(pattern) + " fits no " + std::string(key.name) + " (there is " + joined(key.words) +
         ')' + did_you_mean(pattern, key.words));
}

void check_mac(const Glob& glob, std::string_view pattern) {
  const auto text = glob.only_text();
  if (!text || Mac::parse(*text)) return;
  refuse(quoted(pattern) +
         " is no MAC (12 hex digits, bare or in pairs with ':' or '-'), nor a pattern of one, such "
         "as a8:03:*");
}

AddressRange range_of(std::string_view text) {
  const auto range = AddressRange::parse(text);
  if (range) return *range;
  const bool is_span = text.find('-') != std::string_view::npos;
  const std::string why = text.find_first_of("*?") != std::string_view::npos ? "is a pattern"
                          : is_span ? "is no range, or ends before it begins"
                          : text.find('/') != std::string_view::npos ? "is no network"
                                                                     : explain_address(text);
  refuse(quoted(text) + ' ' + why +
         "; there is an address, a range (10.0.0.1-10.0.0.9, 10.0.0.1-9) or a network "
         "(10.0.0.0/24)");
}

/// The end of the first pattern in `text`: a comma without a backslash before it.
std::size_t pattern_end(std::string_view text) {
  std::size_t end = 0;
  while (end < text.size() && text[end] != ',')
    end += text[end] == '\\' ? 2U : 1U;
  return std::min(end, text.size());
}

}  // namespace

SelectPattern::SelectPattern(std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    refuse(quoted(text) + " is not KEY=GLOB (the keys are " + joined(key_names()) + ')' +
           with_its_key(text));
  }
  key_ = &find_key(text.substr(0, equals));
  std::string_view rest = text.substr(equals + 1);
  for (;;) {
    const std::size_t end = pattern_end(rest);
    if (end == 0) {
      refuse(quoted(text) + " has nothing behind " +
             (rest.data() == text.data() + equals + 1 ? "its '='" : "a comma"));
    }
    add(rest.substr(0, end));
    if (end == rest.size()) return;
    rest.remove_prefix(end + 1);
  }
}

void SelectPattern::add(std::string_view pattern) {
  if (key_->kind == Kind::address) {
    ranges_.push_back(range_of(pattern));
    return;
  }
  globs_.push_back(glob_of(*key_, pattern));
  if (key_->kind == Kind::words) check_words(*key_, globs_.back(), pattern);
  if (key_->kind == Kind::mac) check_mac(globs_.back(), pattern);
}

bool SelectPattern::fits(const Device& device) const {
  if (key_->kind == Kind::address) {
    // An entry whose address was not understood is nowhere.
    if (device.address == Address()) return false;
    return std::any_of(ranges_.begin(), ranges_.end(),
                       [&](const AddressRange& range) { return range.has(device.address); });
  }
  const std::vector<std::string> texts = key_->texts(device);
  return std::any_of(globs_.begin(), globs_.end(), [&](const Glob& glob) {
    return std::any_of(texts.begin(), texts.end(),
                       [&](const std::string& text) { return glob.matches(text); });
  });
}

}  // namespace stage3
