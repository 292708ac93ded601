#include "state/record.hpp"

#include <cstring>
#include <new>
#include <type_traits>

#include "json/write.hpp"

namespace stage3::state {
namespace {

static_assert(std::is_trivially_copyable_v<TlsPin>);

std::string shortened(std::string text) {
  constexpr std::string_view kMark = "...";
  if (json::quoted_prefix(text, kMaxError).size() == text.size()) return text;
  text.resize(json::quoted_prefix(text, kMaxError - kMark.size()).size());
  return text.append(kMark);
}

/// What is to be recorded of a result's key, beside one that an earlier result brought (`earlier`)
/// and the one in the file (`loaded`). A key that nobody has taken knowingly never takes the place
/// of a known one; one that is there already is not written again, whatever others have done to it.
void set_pin(Record::Observation& seen, const DeviceResult& result,
             const std::optional<Record::Observation>& earlier, const OnRecord* loaded) {
  const auto in_file = loaded != nullptr ? loaded->tls : std::nullopt;
  const auto waiting = earlier ? earlier->tls : std::nullopt;
  const auto& known = waiting ? waiting : in_file;
  const bool may_be =
      result.tls && (!known || known->key == result.tls->key || result.tls_key_changed);
  seen.tls = may_be ? result.tls : waiting;
  seen.tls_is_taken = (may_be && result.tls_key_changed) || (earlier && earlier->tls_is_taken);
  if (seen.tls == in_file) seen.tls.reset();
}

std::string_view fact(std::string_view text) {
  const bool fits = json::quoted_prefix(text, kMaxFact).size() == text.size();
  return fits ? text : std::string_view();
}

}  // namespace

void RecordDeleter::operator()(const Record* record) const noexcept {
  static_assert(std::is_trivially_destructible_v<Record>);
  ::operator delete(const_cast<Record*>(record));
}

Record::Record(const Content& content, const Release* release)
    : last_run_(content.last_run),
      release_(release),
      error_length_(static_cast<std::uint32_t>(content.error.size())) {
  if (content.ota_status) ota_status_ = static_cast<std::int8_t>(*content.ota_status);
  if (content.friendly_status) {
    friendly_status_ = static_cast<std::int8_t>(*content.friendly_status);
  }
  char* end = texts();
  end += content.error.copy(end, content.error.size());
  if (!content.observation) return;

  const Observation& seen = *content.observation;
  last_seen_ = seen.last_seen;
  id_length_ = static_cast<std::uint32_t>(seen.id.copy(end, seen.id.size()));
  end += id_length_;
  if (seen.device_name) {
    has_device_name_ = true;
    device_name_length_ =
        static_cast<std::uint32_t>(seen.device_name->copy(end, seen.device_name->size()));
    end += device_name_length_;
  }
  if (seen.tls) {
    has_tls_ = true;
    tls_is_taken_ = seen.tls_is_taken;
    std::memcpy(end, &*seen.tls, sizeof(TlsPin));
  }
}

RecordPointer Record::make(const Content& content, const Release* release) {
  std::size_t size = sizeof(Record) + content.error.size();
  if (content.observation) {
    size += content.observation->id.size();
    size += content.observation->device_name.value_or(std::string_view()).size();
    if (content.observation->tls) size += sizeof(TlsPin);
  }
  return RecordPointer(new (::operator new(size)) Record(content, release));
}

Record::Content Record::content() const {
  Content content;
  content.last_run = last_run_;
  if (ota_status_ != kNone) content.ota_status = static_cast<OtaStatus>(ota_status_);
  if (friendly_status_ != kNone) {
    content.friendly_status = static_cast<FriendlyStatus>(friendly_status_);
  }
  content.error = {texts(), error_length_};
  if (release_ == nullptr) return content;

  const char* id = texts() + error_length_;
  std::optional<std::string_view> device_name;
  if (has_device_name_) device_name = std::string_view(id + id_length_, device_name_length_);
  std::optional<TlsPin> tls;
  if (has_tls_) std::memcpy(&tls.emplace(), id + id_length_ + device_name_length_, sizeof(TlsPin));
  content.observation = Observation{
      last_seen_,  release_->fw, release_->fw_id, release_->app, {id, id_length_}, release_->update,
      device_name, tls,          tls_is_taken_};
  return content;
}

RecordPointer RecordMaker::make(const Record::Content& content) {
  return Record::make(content, content.observation ? release_of(*content.observation) : nullptr);
}

RecordPointer RecordMaker::make(const DeviceResult& result, const Record* earlier,
                                const OnRecord* on_record) {
  const std::string error = shortened(result.error_text());
  Record::Content content;
  if (earlier != nullptr) content = earlier->content();
  content.last_run = result.finished_at;
  if (result.ota_status) content.ota_status = result.ota_status;
  if (result.friendly_status) content.friendly_status = result.friendly_status;
  content.error = error;
  if (result.last_seen != 0) {
    Record::Observation seen{result.last_seen,   fact(result.fw), fact(result.fw_id),
                             fact(result.app),   fact(result.id), fact(result.update),
                             result.device_name, std::nullopt,    false};
    set_pin(seen, result, content.observation, on_record);
    content.observation = seen;
  }
  return make(content);
}

const Release* RecordMaker::release_of(const Record::Observation& seen) {
  const ReleaseView view{seen.app, seen.fw, seen.fw_id, seen.update};
  auto found = releases_.find(view);
  if (found == releases_.end()) {
    found = releases_
                .insert(Release{std::string(seen.app), std::string(seen.fw),
                                std::string(seen.fw_id), std::string(seen.update)})
                .first;
  }
  return &*found;
}

}  // namespace stage3::state
