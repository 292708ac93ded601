#include "state/ota_reader.hpp"

#include <algorithm>
#include <array>

#include "state/document.hpp"
#include "state/record.hpp"
#include "state/value.hpp"

namespace stage3::state {
namespace {

bool read_state(UpdateRecord& record, const json::Scalar& value) {
  const auto word = as_text(value, kMaxFact);
  if (!word) return false;
  for (int i = static_cast<int>(UpdateState::sent); *to_string(static_cast<UpdateState>(i)) != '\0';
       ++i) {
    if (*word != to_string(static_cast<UpdateState>(i))) continue;
    record.state = static_cast<UpdateState>(i);
    return true;
  }
  return false;
}

template <std::string UpdateRecord::*kMember, std::size_t kMaxSize>
bool read_text(UpdateRecord& record, const json::Scalar& value) {
  const auto text = as_text(value, kMaxSize);
  if (text) record.*kMember = std::string(*text);
  return text.has_value();
}

/// A time of any day: a clock that was wrong when an update was sent does not undo it.
template <std::int64_t UpdateRecord::*kMember>
bool read_time(UpdateRecord& record, const json::Scalar& value) {
  const auto time = as_time(value, kAnyTime);
  if (time) record.*kMember = time->seconds;
  return time.has_value();
}

bool read_attempts(UpdateRecord& record, const json::Scalar& value) {
  const auto number = as_integer(value);
  if (!number || *number < 1 || *number > kMaxAttempts) return false;
  record.attempts = static_cast<int>(*number);
  return true;
}

struct Row {
  std::string_view name;
  bool (*read)(UpdateRecord& record, const json::Scalar& value);
};

using U = UpdateRecord;
constexpr std::array kRows{
    Row{"state", read_state},
    Row{"from", read_text<&U::from, kMaxFact>},
    Row{"to", read_text<&U::to, kMaxFact>},
    Row{"build", read_text<&U::build, kMaxFact>},
    Row{"sent_at", read_time<&U::sent_at>},
    Row{"ended_at", read_time<&U::ended_at>},
    Row{"attempts", read_attempts},
    Row{"error", read_text<&U::error, kMaxError>},
};

}  // namespace

void OtaReader::begin() {
  *this = OtaReader();
}

void OtaReader::key(std::string_view name) {
  const auto* const row =
      std::find_if(kRows.begin(), kRows.end(), [&](const Row& each) { return each.name == name; });
  member_ = row == kRows.end() ? kNone : static_cast<std::size_t>(row - kRows.begin());
  if (member_ == kNone) return;
  const unsigned bit = 1U << member_;
  // Nobody knows which of two is true.
  if ((seen_ & bit) != 0) is_good_ = false;
  seen_ |= bit;
}

void OtaReader::scalar(const json::Scalar& value) {
  if (member_ == kNone || value.kind == json::Scalar::Kind::null) return;
  if (!kRows[member_].read(record_, value)) is_good_ = false;
}

void OtaReader::compound() {
  if (member_ != kNone) is_good_ = false;
}

/// Without its version and its time a record says nothing that anybody could go by.
UpdateRecord OtaReader::record() const {
  UpdateRecord record = record_;
  const bool is_whole =
      record.state != UpdateState::none && !record.to.empty() && record.sent_at != 0;
  if (is_good_ && is_whole) {
    record.attempts = std::max(record.attempts, 1);
    return record;
  }
  UpdateRecord unreadable;
  unreadable.state = UpdateState::unreadable;
  return unreadable;
}

}  // namespace stage3::state
