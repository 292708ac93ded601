#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "../../shelly/shelly.hpp"
#include "../serving/peer.hpp"

#include "kinds.hpp"

namespace evil {

/// As JSON.
constexpr const char* kOldName = R"("Alt")";

/// One evil address: what it is, and what came to it.
struct Device final : serving::Peer {
  serving::Script answer(const serving::Request&) override;

  bool is_struck_now() const;

  const Settings* settings = nullptr;
  Kind kind = nullptr;
  std::string kind_name;         ///< as on the command line, with `=N` and `@WHERE`
  std::string strikes_at = "*";  ///< an RPC, a step, all but the identity ("later"), or all
  std::string last_rpc;
  unsigned step = 0;  ///< of the conversation, from 1 on; a call that is repeated is the same
  unsigned argument = 0;
  std::size_t index = 0;   ///< among all devices
  std::size_t number = 0;  ///< among those of its group
  std::size_t of = 1;      ///< how many the group has
  shelly::Device self;     ///< the one that is expected here; tells `auth_en`, true or not

  bool is_stranger = false;  ///< answers as somebody else by now
  unsigned calls = 0;
  unsigned challenges = 0;      ///< answers with 401
  unsigned authorizations = 0;  ///< requests with an Authorization header that is not empty
  unsigned writes = 0;
  unsigned updates = 0;
  unsigned writes_to_stranger = 0;
  unsigned updates_to_stranger = 0;
  unsigned logins_to_stranger = 0;
  double told_at = 0;        ///< when it last told its own identity
  double slowest_write = 0;  ///< seconds from there to a write
};

/// All devices, in the order of their addresses.
class Fleet {
 public:
  /// `specs`: `KIND[=N][@WHERE]*COUNT` each; the addresses follow `base`. Throws
  /// std::invalid_argument. `settings` outlives the fleet.
  Fleet(const std::vector<std::string>& specs, std::uint32_t base, const Settings& settings);

  /// `address` in host order; nullptr: nobody's.
  Device* find(std::uint32_t address);

  std::size_t size() const { return devices_.size(); }

  /// Writes one JSON object a line: how many connections were `trapped`, then each device.
  void report(const std::string& path, unsigned trapped) const;

 private:
  void add(const std::string& spec);

  std::deque<Device> devices_;
  std::uint32_t base_;
  const Settings& settings_;
};

}  // namespace evil
