#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// Reads what a device answers to one call, and looks for a challenge in it.
class NaiveReader {
 public:
  /// `is_hasty`: the mistake of taking a challenge as soon as its line has come, whatever becomes
  /// of the head around it.
  NaiveReader(std::string realm, bool is_hasty) : realm_(std::move(realm)), is_hasty_(is_hasty) {}

  struct Challenge {
    std::string nonce;
    bool is_stale;
  };

  /// Takes one line, its end included. False: there have been too many.
  bool take_line(std::string_view line);
  bool take_body(std::string_view piece);

  /// Of the last whole head.
  const std::optional<Challenge>& challenge() const { return challenge_; }
  bool has_whole_head() const { return !is_in_head_ && size_ > 0; }
  const std::string& body() const { return body_; }

 private:
  void take_field(std::string_view line);
  std::optional<Challenge> read(std::string_view value) const;

  static constexpr std::size_t kMost = 32 * 1024;

  std::string realm_;
  bool is_hasty_;
  std::string body_;
  std::optional<Challenge> challenge_;  ///< that may be answered
  std::optional<Challenge> found_;      ///< in the head that is being read
  std::size_t fields_ = 0;              ///< that ask for a login
  std::size_t size_ = 0;
  bool is_in_head_ = false;
  bool is_odd_ = false;
};
