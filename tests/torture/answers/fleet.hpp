#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "conversation.hpp"

namespace answers {

/// All devices, in the order of their addresses.
class Fleet {
 public:
  /// `specs`: `random=SEED[*COUNT]`, `ATTACK` (all of it) or `ATTACK=VARIANT@CALL` each; the
  /// addresses follow `base`. `trap` outlives the fleet. Throws std::invalid_argument.
  Fleet(const std::vector<std::string>& specs, std::uint32_t base, const std::string& trap,
        bool keeps_trace);

  /// `address` in host order; nullptr: nobody's.
  Conversation* find(std::uint32_t address);

  std::size_t size() const { return conversations_.size(); }

  /// Writes one JSON object a line, with the names and MACs.
  void tell(const std::string& path) const;
  /// Writes one JSON object a line: how many connections were `trapped`, then each device.
  void report(const std::string& path, unsigned trapped) const;

 private:
  void add(const std::string& spec);
  void add_random(const std::string& spec);

  std::deque<Conversation> conversations_;
  std::uint32_t base_;
  const std::string& trap_;
  bool keeps_trace_;
};

}  // namespace answers
