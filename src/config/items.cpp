#include "config/items.hpp"

#include <algorithm>

#include "config/yaml_cursor.hpp"
#include "json/reader.hpp"
#include "json/write.hpp"

namespace stage3::config {
namespace {

class ItemsReader : public json::Handler {
 public:
  void begin_object(json::Span) override { is_of_strings_ = false; }
  void key(std::string_view, json::Span) override {}
  void end_object(json::Span) override {}
  void begin_array(json::Span) override {
    if (++arrays_ > 1) is_of_strings_ = false;
  }
  void end_array(json::Span) override {}
  void scalar(const json::Scalar& value, json::Span) override {
    if (value.kind == json::Scalar::Kind::string) {
      items_.emplace_back(value.text);
    } else {
      is_of_strings_ = false;
    }
  }

  std::optional<Items> result() {
    if (!is_of_strings_) return std::nullopt;
    return std::move(items_);
  }

 private:
  Items items_;
  int arrays_ = 0;
  bool is_of_strings_ = true;
};

}  // namespace

std::optional<Items> parse_items(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos || text[begin] != '[') return Items{std::string(text)};
  constexpr json::Limits kLimits{kMaxYamlBytes, 8};
  ItemsReader reader;
  if (json::read(std::string(text), kLimits, reader)) return std::nullopt;
  return reader.result();
}

std::string show_items(const Items& items) {
  std::string text = "[";
  for (const std::string& item : items) {
    if (text.size() > 1) text += ", ";
    json::append_quoted(text, item);
  }
  return text + "]";
}

}  // namespace stage3::config
