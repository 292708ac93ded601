#pragma once

#include <stage3/stage3.h>

#include <atomic>
#include <memory>
#include <stage3/result.hpp>
#include <string>
#include <vector>

#include "lazy.hpp"

struct stage3_result {
  explicit stage3_result(const stage3::DeviceResult& from);

  const stage3::DeviceResult result;
  const std::string mac;
  const std::string address;
  const std::string tls_key;
  const stage3_update_record ota;  // of state NONE where there is none, too
  mutable std::atomic<std::size_t> references{1};

  mutable stage3::capi::Lazy<std::string> json;
  mutable stage3::capi::Lazy<std::string> error_text;
  mutable stage3::capi::Lazy<std::vector<std::string>> short_errors;
};

namespace stage3::capi {

struct Unref {
  void operator()(const stage3_result* result) const noexcept { stage3_result_unref(result); }
};
using ResultHandle = std::unique_ptr<const stage3_result, Unref>;

}  // namespace stage3::capi
