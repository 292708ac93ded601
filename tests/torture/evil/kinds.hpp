#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace evil {

struct Device;

/// What one connection gets to see once its request has come.
struct Script {
  enum class End { close, hold, reset };

  std::string bytes;              ///< sent first
  std::string_view endless = {};  ///< then this again and again, for ever; lives for ever
  std::string late = {};          ///< then this, a moment later
  double drip = 0;                ///< seconds between two bytes of `bytes`; 0: all at once
  double delay = 0;               ///< seconds before all that
  End end = End::close;
};

struct Settings {
  double drip = 0.1;
  double latency = 0;
  std::string files;  ///< directory of what redirects to file:// lead to
  std::string bomb;   ///< bytes that unfold to many when unpacked
  unsigned trap_port = 0;
};

/// One request.
struct Exchange {
  Device& device;
  std::string rpc;
  std::string authorization;
  const Settings& settings;
};

using Kind = Script (*)(const Exchange&);

/// nullptr: there is none of that name.
Kind find_kind(std::string_view name);
std::vector<std::string> kind_names();

}  // namespace evil
