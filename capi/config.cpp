#include "handles.hpp"

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
    deref(config, "config").config.set(text(key, "key"), text(value, "value"));
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

void stage3_config_free(stage3_config* config) noexcept {
  delete config;
}
