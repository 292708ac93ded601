#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../serving/peer.hpp"

namespace answers {

using serving::Script;

/// How the head of an answer must be taken: as it is said; some would take it as said, and some not
/// at all; by nobody, since it never comes to its end.
enum class Head { clean, odd, broken };

/// A login that is asked for.
struct Challenge {
  std::string nonce;      ///< no other challenge of any device has it
  bool is_good = true;    ///< may be answered; else it must not be, whatever is around it
  bool is_stale = false;  ///< just the nonce of the last login was too old
};

struct Line {
  std::string text;
  std::string end = "\r\n";
};

/// A whole answer in its parts, so that each may be made odd, and what it means.
struct Answer {
  int status = 200;
  std::string before;       ///< other answers in front of it
  std::vector<Line> lines;  ///< the status line, the fields, the empty line
  std::string body;         ///< as it is sent
  std::string late;         ///< behind its end

  Head head = Head::clean;
  bool is_murky = false;  ///< where the head's lines end, not even we can tell
  std::vector<Challenge> challenges;
  bool tells_identity = false;  ///< the body is what the device should say of itself
  bool is_body_odd = false;

  std::optional<std::uint64_t> cut;  ///< of all that is sent, modulo its length
  std::vector<std::size_t> splits;
  double pause = 0.001;
  Script::End end = Script::End::close;

  void become(Head worse) { head = worse > head ? worse : head; }
  /// Behind all fields.
  void add_field(const std::string& text);
  /// Leaves out all fields of that name.
  void drop_field(const std::string& name);
  /// Another body, with the field that tells its length, if there is one.
  void set_body(const std::string& text);

  std::size_t head_size() const;
};

/// A well-formed one. `status_line` includes no end.
Answer make_answer(int status, const std::string& body);

/// The same with what it says on the wire, cut and split. A cut that falls into the head makes that
/// broken.
Script render(Answer& answer);

/// "HTTP/1.1 401 Unauthorized"
std::string status_line(int status);

}  // namespace answers
