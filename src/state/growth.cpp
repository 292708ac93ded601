#include "state/growth.hpp"

#include <algorithm>
#include <string>

#include "json/write.hpp"
#include "state/merge.hpp"
#include "state/record.hpp"

namespace stage3::state {
namespace {

/// 32 letters that are escaped, or 192 that are not.
constexpr std::size_t kUsualName = 192;

/// A record with every member, each as long as it can be and of letters that are written as they
/// are.
RecordPointer longest_record(RecordMaker& maker) {
  const std::string fact(kMaxFact, 'x');
  const std::string name(kUsualName, 'x');
  const std::string error(kMaxError, 'x');
  const std::string error_id(kMaxErrorIds, 'x');
  const std::string update_error(kMaxUpdateError, 'x');
  Record::Content content;
  content.ota_status = OtaStatus::update_available;
  content.friendly_status = FriendlyStatus::no_value;
  content.last_run = 0;
  content.error = error;
  content.error_id = error_id;
  content.failing_since = 1;
  content.observation = Record::Observation{0, fact, fact, fact, fact, fact, fact, name};
  content.tls = TlsPin{65535, KeyHash()};
  content.tls_is_taken = true;
  content.ota =
      Record::Update{UpdateState::unchanged, fact, fact, fact, 1, 1, kMaxAttempts, update_error};
  return maker.make(content);
}

/// By how much the wanted name is longer than the one that is reckoned with.
std::size_t beyond_usual(const WantedName& name) {
  constexpr std::size_t kLongestEscape = 6;
  if (name.text.size() * kLongestEscape <= kUsualName) return 0;
  const std::size_t size = json::quoted_size(name.text);
  return size - std::min(size, kUsualName);
}

}  // namespace

std::size_t size_with_results(const Document& document, const std::vector<Device>& devices) {
  RecordMaker maker;
  const RecordPointer longest = longest_record(maker);
  std::vector<const Record*> records(document.entries.size(), nullptr);
  for (std::size_t i = 0; i < records.size(); ++i) {
    const Entry& entry = document.entries[i];
    if (entry.has_mac && !entry.is_ambiguous) records[i] = longest.get();
  }
  std::size_t size = 0;
  const auto count = [&](std::string_view block) { size += block.size(); };
  const bool grows = merge(document, records, count, Texts::plain);
  if (!grows) size = document.bytes.size();
  for (const Device& device : devices)
    size += beyond_usual(device.wanted_name);
  return size;
}

}  // namespace stage3::state
