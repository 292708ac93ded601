#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "../serving/peer.hpp"
#include "answer.hpp"

namespace answers {

/// Sees all requests and answers of one device and says what should never have been sent to it.
class Witness {
 public:
  explicit Witness(std::string realm) : realm_(std::move(realm)) {}

  /// Before the answer.
  void take(const serving::Request& request);

  /// The answer to that request, after render().
  void gave(const serving::Request& request, const Answer& answer);

  /// The last request carried a login that a device with this password takes.
  bool was_right() const { return was_right_; }

  const std::vector<std::string>& complaints() const { return complaints_; }
  /// Nonces that logins came with.
  std::size_t logins() const { return used_.size(); }
  unsigned updates() const { return updates_; }

 private:
  void gave_refusal(const Answer& answer);
  void complain(const std::string& words);
  void take_login(const serving::Request& request);
  void take_nonce(const std::string& nonce, const std::string& count);
  void take_command(const serving::Request& request);

  std::string realm_;
  std::vector<std::string> complaints_;
  std::map<std::string, bool> issued_;      ///< nonce -> may be answered
  std::map<std::string, unsigned> used_;    ///< nonce -> the last count
  std::map<std::string, bool> may_repeat_;  ///< RPC that changes something -> may be sent once more
  std::set<std::string> renewed_;           ///< nonces that may follow a refusal
  std::size_t allowed_ = 1;                 ///< nonces that logins may come with
  unsigned updates_ = 0;
  bool is_known_ = false;     ///< has told who it is
  bool is_refused_ = false;   ///< a login was refused
  bool has_renewed_ = false;  ///< once, for all that follows
  bool was_right_ = false;
};

/// What the devices' password is.
extern const char* const kPassword;

}  // namespace answers
