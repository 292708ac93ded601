#include <stage3/config.hpp>

#include <stage3/error.hpp>

#include "base/file.hpp"
#include "base/text.hpp"
#include "config/keys.hpp"
#include "config/section.hpp"
#include "config/yaml_cursor.hpp"

namespace stage3 {
namespace {

using config::KeyPath;

class ConfigReader : public config::SectionReader {
 public:
  Expected expect(const KeyPath& path) override {
    const std::string name = config::dotted(path);
    const config::Key* const key = config::find_key(name);
    if (key == nullptr && !config::is_section(name)) throw config::unknown_key(name);
    // `ota.mode` in one piece would be a second way to say it, and could hide a duplicate.
    if (const std::size_t dot = path.back().rfind('.'); dot != std::string::npos) {
      throw config::Refusal{quoted(name) + " is two keys: write " +
                            quoted(path.back().substr(dot + 1)) + " below " +
                            quoted(path.back().substr(0, dot))};
    }
    if (key == nullptr) return Expected::mapping;
    return key->kind == config::Kind::list ? Expected::list : Expected::scalar;
  }

  void take(const KeyPath& path, const config::SectionScalar& value) override {
    config::apply(*config::find_key(config::dotted(path)), value, config_);
  }

  void take_items(const KeyPath& path, const config::Items& items) override {
    config::apply(*config::find_key(config::dotted(path)), items, config_);
  }

  /// The others are names that any stage may use.
  bool owns(std::string_view key) const override { return key == "friendly" || key == "ota"; }

  const Config& result() const noexcept { return config_; }

 private:
  Config config_;
};

/// Throws config::Refusal.
const config::Key& option(std::string_view key) {
  if (config::is_section(key)) {
    throw config::Refusal{quoted(key) + " is a section: name one of its keys"};
  }
  const config::Key* known = config::find_key(key);
  if (known == nullptr) throw config::unknown_key(key);
  return *known;
}

}  // namespace

Config Config::load(const std::string& path) {
  try {
    return parse(read_file(path, config::kMaxYamlBytes), path);
  } catch (const FileError& error) {
    throw Error::naming(Errc::config,
                        "cannot read configuration file " + path + ": " + reason_at(path, error),
                        path);
  }
}

Config Config::parse(std::string_view yaml, const std::string& name) {
  ConfigReader reader;
  config::read_section(yaml, name, "stage3", config::Missing::refused, reader);
  return reader.result();
}

void Config::set(std::string_view key, std::string_view value) {
  try {
    config::apply(option(key), config::SectionScalar{value, false}, *this);
  } catch (const config::Refusal& refusal) {
    throw Error(Errc::invalid_argument, refusal.message);
  }
}

std::string Config::get(std::string_view key) const {
  try {
    return option(key).show(*this);
  } catch (const config::Refusal& refusal) {
    throw Error(Errc::invalid_argument, refusal.message);
  }
}

void Config::validate() const {
  try {
    for (const config::Key& key : config::all_keys())
      config::check(key, *this);
  } catch (const config::Refusal& refusal) {
    throw Error(Errc::invalid_argument, refusal.message);
  }
}

std::vector<std::string> Config::keys() {
  return {config::key_names().begin(), config::key_names().end()};
}

}  // namespace stage3
