// ip_state.json: any bytes are a document or a problem with a place; what a merge makes of one is a
// document again, with the same devices, and merging the same once more changes nothing.

#include <cstdint>
#include <cstdlib>

#include "state/document.hpp"
#include "state/merge.hpp"
#include "state/record.hpp"

namespace {

using stage3::state::Contents;
using stage3::state::Record;

void require(bool holds) {
  if (!holds) std::abort();
}

bool parse(Contents& contents) {
  return !stage3::state::parse(contents, "friendly_name");
}

/// An empty text: the document says all of it already.
std::string merged(const Contents& contents, const Record& record) {
  std::vector<const Record*> records;
  for (const auto& entry : contents.document.entries)
    records.push_back(entry.has_mac && !entry.is_ambiguous ? &record : nullptr);
  std::string out;
  const bool changed = stage3::state::merge(contents.document, records,
                                            [&out](std::string_view block) { out += block; });
  require(changed == !out.empty());
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Contents before;
  before.document.bytes.assign(reinterpret_cast<const char*>(data), size);
  if (!parse(before)) return 0;

  Record::Content content;
  content.last_run = 1'795'444'265;
  content.ota_status = stage3::OtaStatus::update_available;
  content.friendly_status = stage3::FriendlyStatus::ok;
  content.error = "OTA: \"\\ \xc3\xbc";
  content.observation = Record::Observation{content.last_run,
                                            "1.7.5",
                                            "20260311-095911/1.7.5-g9979d16",
                                            "S2PMG3",
                                            "shelly2pmg3-34cdb0770c4c",
                                            "2.0.0",
                                            "Wohnzimmer"};
  stage3::state::RecordMaker maker;
  const auto record = maker.make(content);
  Contents after;
  after.document.bytes = merged(before, *record);
  if (after.document.bytes.empty()) return 0;
  require(parse(after));
  require(after.devices.size() == before.devices.size());
  for (std::size_t i = 0; i < after.devices.size(); ++i)
    require(after.devices[i].key == before.devices[i].key);
  require(merged(after, *record).empty());
  return 0;
}
