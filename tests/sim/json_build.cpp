#include "json_build.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <utility>

namespace sim {

using rapidjson::Value;

Value text_value(const std::string& text, JsonAllocator& allocator) {
  return Value(text.data(), static_cast<rapidjson::SizeType>(text.size()), allocator);
}

void put(Value& object, const char* key, Value value, JsonAllocator& allocator) {
  const auto member = object.FindMember(key);
  if (member != object.MemberEnd()) {
    member->value = std::move(value);
  } else {
    object.AddMember(Value(key, allocator), std::move(value), allocator);
  }
}

void put_text(Value& object, const char* key, const std::string& text, JsonAllocator& allocator) {
  put(object, key, text_value(text, allocator), allocator);
}

Value& object_in(Value& object, const char* key, JsonAllocator& allocator) {
  const auto member = object.FindMember(key);
  if (member == object.MemberEnd() || !member->value.IsObject()) {
    put(object, key, Value(rapidjson::kObjectType), allocator);
  }
  return object[key];
}

std::string to_json(const Value& value) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value.Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

}  // namespace sim
