#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "endpoint.hpp"

namespace sim {

struct Device;
struct Judgement;
struct Request;

/// One JSON line a request. Lines are collected and written by `flush`, so that logging costs
/// little at thousands of requests a second.
class RequestLog {
 public:
  /// Throws InputError when `path` cannot be opened for writing.
  explicit RequestLog(const std::string& path);

  /// `time` is CLOCK_MONOTONIC in seconds; `status` 0 means that no answer was sent.
  void request(double time, const Device& device, const Request& request,
               const Judgement& judgement, int status);

  void flush();

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::unique_ptr<std::FILE, Closer> file_;
  bool is_dirty_ = false;
};

}  // namespace sim
