#include <stage3/result.hpp>

#include "result/fields.hpp"

namespace stage3 {

std::string to_json(const DeviceResult& result) {
  std::string out;
  json::ObjectWriter object(out);
  object.number("v", 1);
  object.text("type", "device");
  for (const result::Field& field : result::fields())
    field.write(object, field.name, result);
  object.end();
  return out;
}

}  // namespace stage3
