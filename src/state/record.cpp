#include "state/record.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>
#include <type_traits>

#include "json/write.hpp"

namespace stage3::state {
namespace {

static_assert(std::is_trivially_copyable_v<TlsPin>);

std::string shortened(std::string text, std::size_t size) {
  constexpr std::string_view kMark = "...";
  if (json::quoted_prefix(text, size).size() == text.size()) return text;
  text.resize(json::quoted_prefix(text, size - kMark.size()).size());
  return text.append(kMark);
}

/// What is to be recorded of a key that was seen, beside one that is recorded already and the one
/// that the device was handed out with (`on_record`). A key that nobody has taken knowingly never
/// takes the place of a known one; one that is there already is not written again, whatever others
/// have done to it. What waits to be saved waits on, also where it was handed out meanwhile.
void set_pin(Record::Content& content, const std::optional<TlsPin>& seen, bool has_changed,
             const OnRecord* on_record) {
  const auto in_file = on_record != nullptr ? on_record->tls : std::nullopt;
  const bool is_waiting = content.tls.has_value();
  const auto known = is_waiting ? content.tls : in_file;
  const bool may_be = seen && (!known || known->key == seen->key || has_changed);
  if (may_be) content.tls = seen;
  content.tls_is_taken = (may_be && has_changed) || content.tls_is_taken;
  if (!is_waiting && content.tls == in_file) content.tls.reset();
}

std::string_view fact(std::string_view text) {
  return is_recordable(text) ? text : std::string_view();
}

/// As many of the ids as fit.
std::string_view whole_ids(std::string_view ids) {
  const std::size_t fitting = json::quoted_prefix(ids, kMaxErrorIds).size();
  if (fitting == ids.size()) return ids;
  const std::size_t end = ids.rfind(' ', fitting);
  return end == std::string_view::npos ? std::string_view() : ids.substr(0, end);
}

/// A result that knows of no earlier run leaves what others know of the device. `before`: what an
/// earlier result brought.
std::int64_t failing_since(const DeviceResult& result, const Record::Content& before,
                           const OnRecord* on_record) {
  const std::int64_t since = result.failing_since();
  if (since == 0 || result.device.on_record) return since;
  std::int64_t known = on_record != nullptr ? on_record->failing_since : 0;
  if (before.last_run) known = before.failing_since;
  return known != 0 ? known : since;
}

/// `error`: what is kept of the record's. Nobody has one in hand that cannot be read.
std::optional<Record::Update> update_of(const UpdateRecord& record, std::string_view error) {
  if (record.state == UpdateState::unreadable) return std::nullopt;
  return Record::Update{record.state,
                        fact(record.from),
                        fact(record.to),
                        fact(record.build),
                        record.sent_at,
                        record.ended_at,
                        std::clamp(record.attempts, 1, kMaxAttempts),
                        error};
}

/// The part of an Update that is no text, and how long its texts are.
struct UpdateHead {
  std::int64_t sent_at;
  std::int64_t ended_at;
  std::int32_t attempts;
  UpdateState state;
  std::array<std::uint32_t, 4> lengths;
};

std::array<std::string_view, 4> texts_of(const Record::Update& update) {
  return {update.from, update.to, update.build, update.error};
}

std::size_t size_of(const Record::Update& update) {
  std::size_t size = sizeof(UpdateHead);
  for (const std::string_view text : texts_of(update))
    size += text.size();
  return size;
}

void write(char* out, const Record::Update& update) {
  UpdateHead head{update.sent_at, update.ended_at, update.attempts, update.state, {}};
  char* end = out + sizeof head;
  std::size_t i = 0;
  for (const std::string_view text : texts_of(update)) {
    head.lengths[i] = static_cast<std::uint32_t>(text.copy(end, text.size()));
    end += head.lengths[i++];
  }
  std::memcpy(out, &head, sizeof head);
}

Record::Update read_update(const char* in) {
  UpdateHead head;
  std::memcpy(&head, in, sizeof head);
  std::array<std::string_view, 4> texts;
  in += sizeof head;
  for (std::size_t i = 0; i < texts.size(); in += head.lengths[i++])
    texts[i] = {in, head.lengths[i]};
  return {head.state,   texts[0],      texts[1],      texts[2],
          head.sent_at, head.ended_at, head.attempts, texts[3]};
}

}  // namespace

bool is_recordable(std::string_view fact) {
  return json::quoted_prefix(fact, kMaxFact).size() == fact.size();
}

void RecordDeleter::operator()(const Record* record) const noexcept {
  static_assert(std::is_trivially_destructible_v<Record>);
  ::operator delete(const_cast<Record*>(record));
}

Record::Record(const Content& content, const Release* release)
    : last_run_(content.last_run.value_or(kNever)),
      failing_since_(content.failing_since),
      release_(release),
      error_length_(static_cast<std::uint32_t>(content.error.size())),
      error_id_length_(static_cast<std::uint32_t>(content.error_id.size())) {
  if (content.ota_status) ota_status_ = static_cast<std::int8_t>(*content.ota_status);
  if (content.friendly_status) {
    friendly_status_ = static_cast<std::int8_t>(*content.friendly_status);
  }
  char* end = texts();
  end += content.error.copy(end, content.error.size());
  end += content.error_id.copy(end, content.error_id.size());
  if (content.observation) end = put(end, *content.observation);
  if (content.tls) {
    has_tls_ = true;
    tls_is_taken_ = content.tls_is_taken;
    std::memcpy(end, &*content.tls, sizeof(TlsPin));
    end += sizeof(TlsPin);
  }
  if (content.ota) {
    has_ota_ = true;
    is_intent_ = content.is_intent;
    write(end, *content.ota);
  }
}

char* Record::put(char* end, const Observation& seen) {
  last_seen_ = seen.last_seen;
  id_length_ = static_cast<std::uint32_t>(seen.id.copy(end, seen.id.size()));
  end += id_length_;
  if (seen.device_name) {
    has_device_name_ = true;
    device_name_length_ =
        static_cast<std::uint32_t>(seen.device_name->copy(end, seen.device_name->size()));
    end += device_name_length_;
  }
  return end;
}

RecordPointer Record::make(const Content& content, const Release* release) {
  std::size_t size = sizeof(Record) + content.error.size() + content.error_id.size();
  if (content.observation) {
    size += content.observation->id.size();
    size += content.observation->device_name.value_or(std::string_view()).size();
  }
  if (content.tls) size += sizeof(TlsPin);
  if (content.ota) size += size_of(*content.ota);
  return RecordPointer(new (::operator new(size)) Record(content, release));
}

Record::Content Record::content() const {
  Content content;
  if (last_run_ != kNever) content.last_run = last_run_;
  if (ota_status_ != kNone) content.ota_status = static_cast<OtaStatus>(ota_status_);
  if (friendly_status_ != kNone) {
    content.friendly_status = static_cast<FriendlyStatus>(friendly_status_);
  }
  content.error = {texts(), error_length_};
  content.error_id = {texts() + error_length_, error_id_length_};
  content.failing_since = failing_since_;
  const char* next = texts() + error_length_ + error_id_length_;
  if (release_ != nullptr) {
    Observation seen{};
    seen.last_seen = last_seen_;
    seen.fw = release_->fw;
    seen.fw_id = release_->fw_id;
    seen.app = release_->app;
    seen.update = release_->update;
    seen.update_build = release_->update_build;
    seen.id = {next, id_length_};
    next += id_length_;
    if (has_device_name_) seen.device_name = std::string_view(next, device_name_length_);
    next += device_name_length_;
    content.observation = seen;
  }
  if (has_tls_) {
    std::memcpy(&content.tls.emplace(), next, sizeof(TlsPin));
    next += sizeof(TlsPin);
  }
  content.tls_is_taken = tls_is_taken_;
  if (has_ota_) content.ota = read_update(next);
  content.is_intent = is_intent_;
  return content;
}

RecordPointer RecordMaker::make(const Record::Content& content) {
  return Record::make(content, content.observation ? release_of(*content.observation) : nullptr);
}

RecordPointer RecordMaker::make(const DeviceResult& result, const Record* earlier,
                                const OnRecord* on_record) {
  const std::string error = shortened(result.error_text(), kMaxError);
  Record::Content content;
  if (earlier != nullptr) content = earlier->content();
  content.is_intent = false;
  content.failing_since = failing_since(result, content, on_record);
  content.last_run = result.finished_at;
  if (result.ota_status) content.ota_status = result.ota_status;
  if (result.friendly_status) content.friendly_status = result.friendly_status;
  content.error = error;
  content.error_id = whole_ids(result.error_id);
  if (result.last_seen != 0) {
    content.observation = Record::Observation{
        result.last_seen, fact(result.fw),     fact(result.fw_id),        fact(result.app),
        fact(result.id),  fact(result.update), fact(result.update_build), result.device_name};
    set_pin(content, result.tls, result.tls_key_changed, on_record);
  }
  if (!result.ota) return make(content);
  const std::string update_error = shortened(result.ota->error, kMaxUpdateError);
  if (const auto update = update_of(*result.ota, update_error)) content.ota = update;
  return make(content);
}

RecordPointer RecordMaker::make(const UpdateRecord& intent, const Record* earlier,
                                const OnRecord* on_record) {
  const std::string error = shortened(intent.error, kMaxUpdateError);
  Record::Content content;
  if (earlier != nullptr) content = earlier->content();
  if (const auto update = update_of(intent, error)) content.ota = update;
  content.is_intent = true;
  set_pin(content, intent.tls, intent.tls_key_changed, on_record);
  return make(content);
}

const Release* RecordMaker::release_of(const Record::Observation& seen) {
  const ReleaseView view{seen.app, seen.fw, seen.fw_id, seen.update, seen.update_build};
  auto found = releases_.find(view);
  if (found == releases_.end()) {
    found =
        releases_
            .insert(Release{std::string(seen.app), std::string(seen.fw), std::string(seen.fw_id),
                            std::string(seen.update), std::string(seen.update_build)})
            .first;
  }
  return &*found;
}

}  // namespace stage3::state
