#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include <stage3/result.hpp>

namespace stage3::state {

/// What a record keeps of the text of its errors: so many bytes between the quotes, whatever must
/// be escaped. Who needs the rest has it in the result.
constexpr std::size_t kMaxError = 512;

/// What is longer than that is no version, model or id, and is not recorded.
constexpr std::size_t kMaxFact = 64;

/// What all devices of one model and firmware have in common: kept once for all of them.
struct Release {
  std::string app;
  std::string fw;
  std::string fw_id;
  std::string update;
};

class Record;

/// Frees the piece of memory that a record and its texts are in.
struct RecordDeleter {
  void operator()(const Record* record) const noexcept;
};
using RecordPointer = std::unique_ptr<const Record, RecordDeleter>;

/// What is to be written about one device, in one piece of memory: there may be very many.
class Record {
 public:
  /// What was seen on the right device. It is recorded as a whole or not at all: an `update` or a
  /// name of another day beside today's `fw` would mislead.
  struct Observation {
    std::int64_t last_seen = 0;
    std::string_view fw;      ///< empty: not reported
    std::string_view fw_id;   ///< likewise
    std::string_view app;     ///< likewise
    std::string_view id;      ///< likewise
    std::string_view update;  ///< empty: none
    std::optional<std::string_view> device_name;
    std::optional<TlsPin> tls;  ///< none: what is recorded stays
    bool tls_is_taken = false;  ///< it takes the place of another one, and somebody knows
  };

  struct Content {
    std::int64_t last_run = 0;
    std::optional<OtaStatus> ota_status;
    std::optional<FriendlyStatus> friendly_status;
    std::string_view error;  ///< empty: none
    std::optional<Observation> observation;
  };

  /// The views are the record's own.
  Content content() const;

 private:
  friend class RecordMaker;

  Record(const Content& content, const Release* release);
  static RecordPointer make(const Content& content, const Release* release);

  // Behind the object stand error, id, device_name and the TLS pin.
  char* texts() { return reinterpret_cast<char*>(this + 1); }
  const char* texts() const { return reinterpret_cast<const char*>(this + 1); }

  std::int64_t last_run_;
  std::int64_t last_seen_ = 0;
  const Release* release_;  // null: nothing was seen
  std::uint32_t error_length_;
  std::uint32_t id_length_ = 0;
  std::uint32_t device_name_length_ = 0;
  static constexpr std::int8_t kNone = -1;
  std::int8_t ota_status_ = kNone;
  std::int8_t friendly_status_ = kNone;
  bool has_device_name_ = false;
  bool has_tls_ = false;
  bool tls_is_taken_ = false;
};

/// Makes records and keeps what they share: it must outlive them.
class RecordMaker {
 public:
  RecordPointer make(const Record::Content& content);

  /// What `result` brings, on top of what an earlier result of the device brought that is not saved
  /// yet (null: nothing), and of what the file says of it (null: nothing).
  RecordPointer make(const DeviceResult& result, const Record* earlier, const OnRecord* on_record);

 private:
  using ReleaseView =
      std::tuple<std::string_view, std::string_view, std::string_view, std::string_view>;
  struct Order {
    using is_transparent = void;
    static ReleaseView view(const ReleaseView& release) { return release; }
    static ReleaseView view(const Release& release) {
      return {release.app, release.fw, release.fw_id, release.update};
    }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return view(a) < view(b);
    }
  };

  const Release* release_of(const Record::Observation& seen);

  std::set<Release, Order> releases_;
};

}  // namespace stage3::state
