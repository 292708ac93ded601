#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../serving/peer.hpp"

namespace evil {

struct Device;

using serving::only;
using serving::Script;

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
using KindList = std::vector<std::pair<std::string_view, Kind>>;

// Each in the file of its name.
KindList floods();
KindList bodies();
KindList strangers();

/// So many bytes of a body are taken by a client that bounds them wisely.
constexpr std::size_t kNearlyTooMuch = 30'000;

/// `text` again and again, at least `size` bytes of it.
std::string repeat(std::string_view text, std::size_t size);

/// nullptr: there is none of that name.
Kind find_kind(std::string_view name);
std::vector<std::string> kind_names();

}  // namespace evil
