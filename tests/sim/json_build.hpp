#pragma once

#include <rapidjson/document.h>

#include <string>

namespace sim {

using JsonAllocator = rapidjson::Document::AllocatorType;

/// Sets the member `key` of `object`, at its old place where there is one.
void put(rapidjson::Value& object, const char* key, rapidjson::Value value,
         JsonAllocator& allocator);
void put_text(rapidjson::Value& object, const char* key, const std::string& text,
              JsonAllocator& allocator);

/// The member `key` of `object`, made an empty object where it is missing or is none.
rapidjson::Value& object_in(rapidjson::Value& object, const char* key, JsonAllocator& allocator);

rapidjson::Value text_value(const std::string& text, JsonAllocator& allocator);

std::string to_json(const rapidjson::Value& value);

}  // namespace sim
