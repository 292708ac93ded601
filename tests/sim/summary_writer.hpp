#pragma once

#include <rapidjson/filewritestream.h>
#include <rapidjson/prettywriter.h>

#include <cstdint>
#include <string>

namespace sim {

/// What the parts of the summary are written with.
using SummaryWriter = rapidjson::PrettyWriter<rapidjson::FileWriteStream>;

inline void put(SummaryWriter& writer, const char* key, std::uint64_t number) {
  writer.Key(key);
  writer.Uint64(number);
}

inline void put(SummaryWriter& writer, const char* key, const std::string& text) {
  writer.Key(key);
  writer.String(text.c_str(), static_cast<rapidjson::SizeType>(text.size()));
}

}  // namespace sim
