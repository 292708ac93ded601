#pragma once

#include <string>

#include "answer.hpp"
#include "dice.hpp"

namespace answers {

/// Who is challenged for, and nonces that nobody else has.
class Challenger {
 public:
  Challenger(std::string realm, std::uint64_t seed) : realm_(std::move(realm)), seed_(seed) {}

  /// As the firmware sends it.
  void add_good(Answer& answer, bool is_stale = false);
  /// Another spelling of a good one.
  void add_spelled(Answer& answer, Dice& dice);
  /// One of many that must not be answered, at a random place of the head.
  void add_wrong(Answer& answer, Dice& dice);
  /// That one of them, and the field it stands in.
  std::string wrong(Answer& answer, std::size_t number);
  static std::size_t wrong_count();

  const std::string& realm() const { return realm_; }
  /// Notes in `answer` that the nonce which is returned stands in it.
  std::string next_nonce(Answer& answer, bool is_good, bool is_stale = false);

 private:
  std::string realm_;
  std::uint64_t seed_;
  unsigned issued_ = 0;
};

constexpr const char* kForeignRealm = "evil";

}  // namespace answers
