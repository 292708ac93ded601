#include "set_config.hpp"

#include <string>

#include "device.hpp"
#include "rpc_call.hpp"
#include "settings.hpp"

namespace sim {
namespace {

using rapidjson::Value;

RpcError invalid(const std::string& what) {
  return {-103, "Invalid argument " + what};
}

bool starts_code_point(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

/// The bytes of the first `limit` code points.
std::size_t bytes_of(const std::string& text, std::size_t limit) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (starts_code_point(text[i]) && seen++ == limit) return i;
  }
  return text.size();
}

std::optional<RpcError> write_name(Device& device, const Value& value) {
  const Settings& settings = *device.settings;
  if (!value.IsNull() && !value.IsString()) return invalid("'name': must be a string!");
  std::optional<std::string> name;
  if (value.IsString()) name.emplace(value.GetString(), value.GetStringLength());
  if (name) {
    const std::size_t fitting = bytes_of(*name, settings.name_limit);
    const bool is_too_long = fitting < name->size();
    if (is_too_long && settings.name_write != NameWrite::truncate) {
      return invalid("'name': length must be at most " + std::to_string(settings.name_limit) + "!");
    }
    name->resize(fitting);
  }
  if (settings.name_write != NameWrite::ignore) device.name = std::move(name);
  ++device.names_written;
  return std::nullopt;
}

std::optional<RpcError> write_flag(const Value& about, const char* key, std::optional<bool>& flag) {
  const auto member = about.FindMember(key);
  if (member == about.MemberEnd()) return std::nullopt;
  if (!member->value.IsBool()) return invalid("'" + std::string(key) + "': must be a boolean!");
  flag = member->value.GetBool();
  return std::nullopt;
}

}  // namespace

std::optional<RpcError> apply_config(Device& device, const Call& call) {
  const auto config = call.params.FindMember("config");
  if (config == call.params.MemberEnd()) return invalid("'config': missing!");
  if (!config->value.IsObject()) return invalid("'config': must be an object!");
  if (device.settings->rejects_json_spaces && call.has_json_spaces) {
    return invalid("'config': parse error!");
  }
  const auto about = config->value.FindMember("device");
  if (about != config->value.MemberEnd()) {
    if (!about->value.IsObject()) return invalid("'device': must be an object!");
    if (auto error = write_flag(about->value, "eco_mode", device.eco_mode)) return error;
    if (auto error = write_flag(about->value, "discoverable", device.discoverable)) return error;
    const auto name = about->value.FindMember("name");
    if (name != about->value.MemberEnd()) {
      if (auto error = write_name(device, name->value)) return error;
    }
  }
  ++device.cfg_rev;
  device.has_changed = true;
  return std::nullopt;
}

}  // namespace sim
