#include "state/sends.hpp"

#include <functional>
#include <string>

#include "state/fields.hpp"
#include "state/ota_reader.hpp"
#include "state/scan.hpp"

namespace stage3::state {
namespace {

constexpr unsigned kDepth = 4;

/// Equal for records of one send; any two others will hardly have the same.
template <class Update>
std::size_t hash_of(std::size_t device, const Update& update) {
  std::string all = std::to_string(device) + ' ' + std::to_string(update.sent_at) + ' ';
  all += update.to;
  all += '\0';
  all += update.build;
  return std::hash<std::string>()(all);
}

}  // namespace

UpdateRecord ota_in(const Document& document, const Entry& entry) {
  static const std::size_t kOta = field_index("ota", kFieldCount);
  UpdateRecord record;
  if (entry.has_unreadable_ota) {
    record.state = UpdateState::unreadable;
    return record;
  }
  const Offset place = entry.fields[kOta];
  if (place == 0) return record;
  const Member member = member_at(document.bytes, place);
  const std::string_view value =
      std::string_view(document.bytes).substr(member.value, member.end - member.value);
  OtaReader reader;
  reader.begin();
  const auto problem = json::visit_scalars(value, {value.size(), kDepth},
                                           [&](const json::Path& path, const json::Scalar& scalar) {
                                             if (path.size() != 1) return;
                                             reader.key(path.front());
                                             reader.scalar(scalar);
                                           });
  // What is readable and no object is null.
  return problem ? record : reader.record();
}

void Sends::add(std::size_t device, const Record::Update& update) {
  hashes_.insert(hash_of(device, update));
}

bool Sends::has(std::size_t device, const UpdateRecord& update) const {
  return hashes_.count(hash_of(device, update)) != 0;
}

bool Sends::has(std::size_t device, const Record::Update& update) const {
  return hashes_.count(hash_of(device, update)) != 0;
}

bool is_same_send(const UpdateRecord& a, const UpdateRecord& b) {
  return a.sent_at == b.sent_at && a.to == b.to && a.build == b.build;
}

}  // namespace stage3::state
