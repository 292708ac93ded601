#include "state/sends.hpp"

#include <functional>
#include <string>

#include "state/fields.hpp"
#include "state/ota_reader.hpp"
#include "state/scan.hpp"
#include "state/tls_reader.hpp"

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

/// Of the member that begins there; empty: there is none.
std::string_view value_in(const Document& document, Offset place) {
  if (place == 0) return {};
  const Member member = member_at(document.bytes, place);
  return std::string_view(document.bytes).substr(member.value, member.end - member.value);
}

/// False: it is no object.
template <class Reader>
bool read_object(std::string_view value, Reader& reader) {
  if (value.empty()) return false;
  reader.begin();
  const auto problem = json::visit_scalars(value, {value.size(), kDepth},
                                           [&](const json::Path& path, const json::Scalar& scalar) {
                                             if (path.size() != 1) return;
                                             reader.key(path.front());
                                             reader.scalar(scalar);
                                           });
  return !problem;
}

}  // namespace

UpdateRecord ota_in(const Document& document, const Entry& entry) {
  static const std::size_t kOta = field_index("ota", kFieldCount);
  UpdateRecord record;
  if (entry.has_unreadable_ota) {
    record.state = UpdateState::unreadable;
    return record;
  }
  OtaReader reader;
  // What is readable and no object is null.
  return read_object(value_in(document, entry.fields[kOta]), reader) ? reader.record() : record;
}

KeyInFile key_in(const Document& document, const Entry& entry) {
  static const std::size_t kTls = field_index("tls", kFieldCount);
  const std::string_view value = value_in(document, entry.fields[kTls]);
  if (value.empty() || value == "null") return {};
  TlsReader reader;
  return {true, read_object(value, reader) ? reader.pin() : std::nullopt};
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
