#include <filesystem>
#include <string_view>
#include <system_error>

#include "handles.hpp"

namespace stage3::capi {

std::string absolute_path(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  return error || path.empty() ? path : absolute.string();
}

}  // namespace stage3::capi

using capi::deref;
using capi::guarded;
using capi::text;
using stage3::Config;

int stage3_config_new(stage3_config** ret_config, stage3_error* error) noexcept {
  return guarded(error, [&] {
    auto& out = deref(ret_config, "ret_config");
    out = capi::make_handle<stage3_config>();
    return 0;
  });
}

int stage3_config_load(const char* path, stage3_config** ret_config, stage3_error* error) noexcept {
  return guarded(error, [&] {
    auto& out = deref(ret_config, "ret_config");
    out = capi::make_handle<stage3_config>(Config::load(text(path, "path")));
    return 0;
  });
}

int stage3_config_parse(const char* yaml, size_t size, const char* name, stage3_config** ret_config,
                        stage3_error* error) noexcept {
  return guarded(error, [&] {
    auto& out = deref(ret_config, "ret_config");
    out = capi::make_handle<stage3_config>(
        Config::parse({text(yaml, "yaml"), size}, text(name, "name")));
    return 0;
  });
}

int stage3_config_set(stage3_config* config, const char* key, const char* value,
                      stage3_error* error) noexcept {
  return guarded(error, [&] {
    stage3_config& own = deref(config, "config");
    own.config.set(text(key, "key"), text(value, "value"));
    if (key == std::string_view("auth.secrets_file"))
      own.secrets_file = capi::absolute_path(own.config.auth.secrets_file);
    return 0;
  });
}

int stage3_config_get(stage3_config* config, const char* key, const char** ret_value,
                      stage3_error* error) noexcept {
  return guarded(error, [&] {
    auto& out = deref(ret_value, "ret_value");
    stage3_config& from = deref(config, "config");
    std::string value = from.config.get(text(key, "key"));
    std::string& shown = from.shown[key];
    shown = std::move(value);
    out = shown.c_str();
    return 0;
  });
}

const char* stage3_config_key(size_t index) noexcept {
  try {
    static const std::vector<std::string> keys = Config::keys();
    return index < keys.size() ? keys[index].c_str() : nullptr;
  } catch (...) {
    return nullptr;
  }
}

const char* stage3_config_default_file() noexcept {
  try {
    static const std::string file = Config::default_file();
    return file.c_str();
  } catch (...) {
    return nullptr;
  }
}

void stage3_config_free(stage3_config* config) noexcept {
  delete config;
}
