#pragma once

#include <rapidjson/document.h>

#include <memory>

namespace sim {

enum class Kind { shelly, gen1, wall_display };

/// The answers of a kind of device, or of a captured one. The members that change with the device
/// and with time are filled in by describe.hpp.
struct Model {
  Kind kind = Kind::shelly;
  rapidjson::Document info;    ///< Shelly.GetDeviceInfo; Gen1: /shelly
  rapidjson::Document config;  ///< Shelly.GetConfig
  rapidjson::Document status;  ///< Shelly.GetStatus
};

/// A made-up device of that kind.
std::shared_ptr<const Model> builtin_model(Kind kind);

}  // namespace sim
