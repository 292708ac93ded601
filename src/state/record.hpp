#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
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

/// Likewise of their ids, which are kept whole: room for more than a conversation brings about.
constexpr std::size_t kMaxErrorIds = 256;

/// What is longer than that is no version, model or id, and is not recorded.
constexpr std::size_t kMaxFact = 64;
bool is_recordable(std::string_view fact);

/// The like of kMaxError for the error in the record of an update, which says little.
constexpr std::size_t kMaxUpdateError = 128;

/// More sends of one build are nobody's.
constexpr int kMaxAttempts = 1'000'000;

/// What all devices of one model and firmware have in common: kept once for all of them.
struct Release {
  std::string app;
  std::string fw;
  std::string fw_id;
  std::string update;
  std::string update_build;
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
    std::string_view fw;            ///< empty: not reported
    std::string_view fw_id;         ///< likewise
    std::string_view app;           ///< likewise
    std::string_view id;            ///< likewise
    std::string_view update;        ///< empty: none
    std::string_view update_build;  ///< its build id; empty: it had none
    std::optional<std::string_view> device_name;
  };

  /// The record of an update, as UpdateRecord. With the state `none`: what is there is taken out.
  struct Update {
    UpdateState state = UpdateState::none;
    std::string_view from;
    std::string_view to;
    std::string_view build;
    std::int64_t sent_at = 0;
    std::int64_t ended_at = 0;
    int attempts = 0;
    std::string_view error;
  };

  struct Content {
    std::optional<std::int64_t> last_run;  ///< none: there is no result yet, `ota` is all
    std::optional<OtaStatus> ota_status;
    std::optional<FriendlyStatus> friendly_status;
    std::string_view error;          ///< empty: none
    std::string_view error_id;       ///< likewise
    std::int64_t failing_since = 0;  ///< 0: it does well
    std::optional<Observation> observation;
    std::optional<TlsPin> tls;  ///< none: what is recorded stays
    bool tls_is_taken = false;  ///< it takes the place of another one, and somebody knows
    std::optional<Update> ota;  ///< none: what is recorded stays
    bool is_intent = false;     ///< `ota` was written down, and no result has come since
  };

  /// The views are the record's own.
  Content content() const;
  /// Whether its content has `ota`, or `tls`.
  bool has_ota() const { return has_ota_; }
  bool has_tls() const { return has_tls_; }

 private:
  friend class RecordMaker;

  Record(const Content& content, const Release* release);
  static RecordPointer make(const Content& content, const Release* release);
  /// Puts what was seen at `end`, and says where that ends.
  char* put(char* end, const Observation& seen);

  // Behind the object stand error, error_id, id, device_name, the TLS pin and the record of an
  // update, those that there are.
  char* texts() { return reinterpret_cast<char*>(this + 1); }
  const char* texts() const { return reinterpret_cast<const char*>(this + 1); }

  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();
  std::int64_t last_run_;
  std::int64_t last_seen_ = 0;
  std::int64_t failing_since_;
  const Release* release_;  // null: nothing was seen
  std::uint32_t error_length_;
  std::uint32_t error_id_length_;
  std::uint32_t id_length_ = 0;
  std::uint32_t device_name_length_ = 0;
  static constexpr std::int8_t kNone = -1;
  std::int8_t ota_status_ = kNone;
  std::int8_t friendly_status_ = kNone;
  bool has_device_name_ = false;
  bool has_tls_ = false;
  bool tls_is_taken_ = false;
  bool has_ota_ = false;
  bool is_intent_ = false;
};

/// Makes records and keeps what they share: it must outlive them.
class RecordMaker {
 public:
  RecordPointer make(const Record::Content& content);

  /// What `result` brings, on top of what an earlier result of the device brought that is not saved
  /// yet (null: nothing), and of what the file says of it (null: nothing).
  RecordPointer make(const DeviceResult& result, const Record* earlier, const OnRecord* on_record);

  /// What is to be on record of an update that is about to be sent, and the key that was learnt
  /// before; likewise on top of `earlier`.
  RecordPointer make(const UpdateRecord& intent, const Record* earlier, const OnRecord* on_record);

 private:
  using ReleaseView = std::tuple<std::string_view, std::string_view, std::string_view,
                                 std::string_view, std::string_view>;
  struct Order {
    using is_transparent = void;
    static ReleaseView view(const ReleaseView& release) { return release; }
    static ReleaseView view(const Release& release) {
      return {release.app, release.fw, release.fw_id, release.update, release.update_build};
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
