#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace serving {

/// What one connection gets to see once its request has come.
struct Script {
  enum class End { close, hold, reset };

  std::string bytes;                     ///< sent first
  std::vector<std::size_t> splits = {};  ///< offsets in `bytes`, rising: a pause before each
  double pause = 0;                      ///< seconds
  std::string_view endless = {};         ///< then this again and again, for ever; lives for ever
  std::string late = {};                 ///< then this, a moment later
  double delay = 0;                      ///< seconds before all that
  End end = End::close;
};

/// These bytes, and then the end.
Script only(std::string bytes, Script::End end = Script::End::close);

/// One request.
struct Request {
  std::string method;
  std::string target;
  std::string rpc;  ///< "Sys.SetConfig"; of what is no RPC the path without its first slash
  std::string authorization;
  bool has_authorization = false;
};

/// One address, as all its connections see it.
class Peer {
 public:
  Peer() = default;
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  virtual ~Peer() = default;

  /// What is sent on the connection that this request came on.
  virtual Script answer(const Request&) = 0;

  unsigned connections = 0;
  double began = 0;    ///< CLOCK_MONOTONIC of the first connection; 0: none
  double longest = 0;  ///< seconds that a connection was open
};

/// Seconds of CLOCK_MONOTONIC, the clock that Python's time.monotonic() reads.
double monotonic();

}  // namespace serving
