#pragma once

#include <optional>
#include <string_view>

#include <stage3/tls.hpp>

#include "json/scalars.hpp"

namespace stage3::state {

/// Reads `stage3.tls`, `{"port": 443, "key": "sha256//..."}`, token by token. What else stands in
/// it is nobody's here.
class TlsReader {
 public:
  void begin();
  void key(std::string_view name);
  void scalar(const json::Scalar& value);
  /// An array or an object.
  void compound();

  /// What was read; none: it is not as it must be.
  std::optional<TlsPin> pin() const;

 private:
  enum class Name { other, port, key };

  Name name_ = Name::other;
  bool is_good_ = true;
  std::optional<std::uint16_t> port_;
  std::optional<KeyHash> key_;
};

}  // namespace stage3::state
