#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace stage3::net {

/// Collects what a device answers to one call, within bounds. Fed by the HTTP client's header and
/// body callbacks; never throws but std::bad_alloc.
///
/// What the header means is the client's to say; this class only refuses what it might read in
/// another way, so that nobody else's reading of the bytes ever counts.
class AnswerSink {
 public:
  /// Ten times what any device sends. With the headers, which libcurl keeps too, an evil device
  /// costs less than 64 KiB.
  static constexpr std::size_t kMaxBody = 32 * 1024;
  /// Of all header blocks of one answer, interim ones (1xx) included.
  static constexpr std::size_t kMaxHeaders = 16 * 1024;

  /// Devices send ten. libcurl keeps a block of memory for each, however short.
  static constexpr unsigned kMaxHeaderLines = 64;

  /// Begins a new call.
  void begin();

  /// Takes one header line, its end included: status lines and the empty line behind a block as
  /// well. False: the call must be stopped.
  bool take_header(std::string_view line);

  /// Takes a piece of the body. False: the call must be stopped.
  bool take_body(std::string_view piece);

  const std::string& body() const noexcept { return body_; }

  /// The answer's own header block has come to its end.
  bool has_header() const noexcept { return expects_ == Expects::body; }

  /// The values of the WWW-Authenticate fields of the answer's own header block, once that has
  /// ended: none of an interim answer's, of trailers, or of a block that broke off.
  const std::vector<std::string>& challenges() const noexcept;

  /// The value of the Location field of that block; empty: it has none, or several, or one that is
  /// longer than any device's.
  const std::string& location() const noexcept;

  enum class Objection { none, too_large, malformed };
  /// Why the call was stopped.
  Objection objection() const noexcept { return objection_; }

 private:
  bool take_status_line(std::string_view line);
  bool take_field(std::string_view line);
  void take_location(std::string_view value);
  void end_block();
  bool stop(Objection why);

  enum class Expects { status_line, field, body };

  std::string body_;
  std::vector<std::string> challenges_;
  std::string location_;
  unsigned locations_ = 0;
  std::size_t header_bytes_ = 0;
  unsigned header_lines_ = 0;
  Expects expects_ = Expects::status_line;
  /// The block that is being read.
  bool is_interim_ = false;
  Objection objection_ = Objection::none;
};

}  // namespace stage3::net
