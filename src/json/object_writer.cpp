#include "json/object_writer.hpp"

#include "json/write.hpp"

namespace stage3::json {

void ObjectWriter::text(std::string_view name, std::string_view value) {
  append_quoted(begin(name), value, Charset::ascii);
}

void ObjectWriter::text_if_any(std::string_view name, std::string_view value) {
  if (!value.empty()) text(name, value);
}

void ObjectWriter::number(std::string_view name, std::int64_t value) {
  begin(name) += std::to_string(value);
}

void ObjectWriter::boolean(std::string_view name, bool value) {
  begin(name) += value ? "true" : "false";
}

std::string& ObjectWriter::begin(std::string_view name) {
  if (out_.back() != '{') out_ += ',';
  append_quoted(out_, name, Charset::ascii);
  return out_ += ':';
}

}  // namespace stage3::json
