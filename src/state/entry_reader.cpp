#include "state/entry_reader.hpp"

#include <memory>

#include "base/address.hpp"
#include "state/fields.hpp"
#include "state/shown.hpp"

namespace stage3::state {
namespace {

using Kind = json::Scalar::Kind;

Offset narrow(std::size_t offset) {
  return static_cast<Offset>(offset);
}

/// Stands for a `stage3.ota` that is no object.
UpdateRecord no_update_record() {
  return OtaReader().record();
}

constexpr const char* kHalfPair =
    " holds half of a surrogate pair (an escape \\ud800 to \\udfff by itself): write the whole "
    "character";

}  // namespace

EntryReader::Name EntryReader::name_of(std::string_view text) {
  if (text == "ip") return Name::ip;
  if (text == "port") return Name::port;
  if (text == "model") return Name::model;
  if (text == "fw") return Name::fw;
  if (text == "hostname") return Name::hostname;
  if (text == "site") return Name::site;
  if (text == "stage3") return Name::stage3;
  if (text == "mac_aliases") return Name::mac_aliases;
  return Name::other;
}

void EntryReader::open(Device& device, Entry& entry, std::string_view key, json::Span key_token,
                       std::size_t value, bool is_object) {
  device_ = &device;
  entry_ = &entry;
  defects.clear();
  depth_ = 1;
  name_ = Name::other;
  is_wanted_name_ = false;
  names_seen_ = 0;
  wanted_name_seen_ = false;
  is_object_ = is_object;
  has_ip_ = false;
  ip_is_reported_ = false;
  inside_ = Shape::plain;
  port_.clear();

  device_->key = key;
  entry_->whole.key = narrow(key_token.begin);
  entry_->whole.value = narrow(value);
  // A wanted name that is read from here must not be one that we have written.
  entry_->has_model = name_field_ == "model";
  entry_->has_hostname = name_field_ == "hostname";
  if (const auto mac = Mac::parse(key)) {
    device_->mac = entry_->mac = *mac;
    entry_->has_mac = true;
  } else {
    add_ambiguity(key_token.begin, shown(key) + " is not a MAC address");
  }
  if (!is_object) add_ambiguity(value, "is not an object");
}

void EntryReader::close(std::size_t end) {
  entry_->whole.end = narrow(end);
  if (is_object_ && !ip_is_reported_) resolve_address();
  hand_over_record();
  if (!defects.empty()) device_->defect = defects.front().second;
}

void EntryReader::key(std::string_view name, json::Span token) {
  if (depth_ == 1) entry_key(name, token);
  if (depth_ == 2 && name_ == Name::stage3) stage3_key(name, token);
  if (depth_ == 3 && inside_ == Shape::tls) tls_.key(name);
  if (depth_ == 3 && inside_ == Shape::ota) ota_.key(name);
}

void EntryReader::entry_key(std::string_view name, json::Span token) {
  name_ = name_of(name);
  is_wanted_name_ = name == name_field_;
  member_ = Member{narrow(token.begin), 0, 0};

  // A site only selects: of two the later one does.
  const bool may_repeat = name_ == Name::other || name_ == Name::site;
  const unsigned bit = may_repeat ? 0 : 1U << static_cast<unsigned>(name_);
  if ((names_seen_ & bit) != 0 || (is_wanted_name_ && wanted_name_seen_)) {
    add_ambiguity(token.begin, shown(name) + " is given twice");
  }
  names_seen_ |= bit;
  wanted_name_seen_ = wanted_name_seen_ || is_wanted_name_;
}

void EntryReader::stage3_key(std::string_view name, json::Span token) {
  field_ = field_index(name, field_ + 1);  // our own order is the usual one
  if (field_ == kFieldCount) return;
  Offset& field = entry_->fields[field_];
  if (field != 0) add_ambiguity(token.begin, shown(name) + " of stage3 is given twice");
  field = narrow(token.begin);
}

void EntryReader::scalar(const json::Scalar& value, json::Span token) {
  if (depth_ == 1) {
    member_.value = narrow(token.begin);
    member_.end = narrow(token.end);
    entry_scalar(value, token);
  } else if (depth_ == 2 && name_ == Name::mac_aliases) {
    read_alias(value, token.begin);
  } else if (depth_ == 2 && name_ == Name::stage3) {
    read_recorded(value, token.begin);
  } else if (depth_ == 3 && inside_ == Shape::tls) {
    tls_.scalar(value);
  } else if (depth_ == 3 && inside_ == Shape::ota) {
    ota_.scalar(value);
  }
}

void EntryReader::entry_scalar(const json::Scalar& value, json::Span token) {
  if (value.damaged && is_read(token.begin)) return;
  const bool is_null = value.kind == Kind::null;
  const bool is_string = value.kind == Kind::string;
  if (is_wanted_name_ && !is_null) {
    device_->wanted_name.kind = is_string ? WantedName::Kind::text : WantedName::Kind::not_a_string;
    if (is_string) device_->wanted_name.text = value.text;
  }
  switch (name_) {
    case Name::ip:
      return read_ip(value, token.begin);
    case Name::port:
      return read_port(value, token.begin);
    case Name::model:
      entry_->has_model = true;
      if (is_string) device_->model = value.text;
      return;
    case Name::fw:
      if (is_string) entry_->fw = member_.key;
      return;
    case Name::hostname:
      entry_->has_hostname = true;
      return;
    case Name::site:
      device_->site = !value.damaged && (is_string || value.kind == Kind::number) ? value.text : "";
      return;
    case Name::stage3:
      entry_->stage3 = member_;
      if (!is_null) add_ambiguity(token.begin, "stage3 is not an object");
      return;
    case Name::mac_aliases:
      if (!is_null) read_alias(value, token.begin);
      return;
    case Name::other:
      return;
  }
}

/// Whether the member is one whose text matters here; it is reported then that half of it is
/// missing.
bool EntryReader::is_read(std::size_t offset) {
  const bool matters = is_wanted_name_ || name_ == Name::ip || name_ == Name::model;
  if (name_ == Name::ip) ip_is_reported_ = true;
  if (matters)
    add_defect(offset, (is_wanted_name_     ? std::string(name_field_)
                        : name_ == Name::ip ? "ip"
                                            : "model") +
                           kHalfPair);
  return matters;
}

void EntryReader::begin_compound(bool is_object, std::size_t begin) {
  if (depth_ == 1) {
    member_.value = narrow(begin);
    entry_compound(is_object, begin);
  } else if (depth_ == 2 && name_ == Name::mac_aliases) {
    add_defect(begin, "mac_aliases holds something that is not a MAC address");
  } else if (depth_ == 2 && name_ == Name::stage3) {
    begin_inner(is_object, begin);
  } else if (depth_ == 3 && inside_ == Shape::tls) {
    tls_.compound();
  } else if (depth_ == 3 && inside_ == Shape::ota) {
    ota_.compound();
  }
  ++depth_;
}

void EntryReader::entry_compound(bool is_object, std::size_t begin) {
  if (is_wanted_name_) device_->wanted_name.kind = WantedName::Kind::not_a_string;
  switch (name_) {
    case Name::ip:
      return refuse_ip(begin);
    case Name::port:
      return add_defect(begin, "port is not a number from 1 to 65535");
    case Name::model:
      entry_->has_model = true;
      return;
    case Name::hostname:
      entry_->has_hostname = true;
      return;
    case Name::stage3:
      if (!is_object) add_ambiguity(begin, "stage3 is not an object");
      return;
    case Name::mac_aliases:
      if (is_object) add_defect(begin, "mac_aliases is neither a MAC address nor a list of them");
      return;
    case Name::site:
      device_->site.clear();
      return;
    case Name::fw:
    case Name::other:
      return;
  }
}

void EntryReader::end_compound(std::size_t end) {
  --depth_;
  if (depth_ == 2) end_inner();
  if (depth_ != 1) return;
  member_.end = narrow(end);
  if (name_ == Name::stage3) entry_->stage3 = member_;
}

void EntryReader::read_ip(const json::Scalar& value, std::size_t offset) {
  if (value.kind == Kind::null) return;
  if (value.kind != Kind::string) return refuse_ip(offset);
  has_ip_ = !value.text.empty();
  ip_offset_ = offset;
  device_->address_text = value.text;
}

void EntryReader::read_port(const json::Scalar& value, std::size_t offset) {
  if (value.kind == Kind::null) return;
  if (value.kind != Kind::number || !parse_port(value.text)) {
    return add_defect(offset, "port is not a number from 1 to 65535");
  }
  port_ = value.text;
}

void EntryReader::read_alias(const json::Scalar& value, std::size_t offset) {
  if (value.damaged) return add_defect(offset, "mac_aliases" + std::string(kHalfPair));
  const auto mac = value.kind == Kind::string ? Mac::parse(value.text) : std::nullopt;
  if (!mac) {
    return add_defect(offset, "alias " + shown(value.text) + " is not a MAC address");
  }
  device_->aliases.push_back(*mac);
}

void EntryReader::read_recorded(const json::Scalar& value, std::size_t offset) {
  if (field_ == kFieldCount) return;
  if (shape() != Shape::plain) {
    if (value.kind == Kind::null) return;
    return shape() == Shape::tls ? refuse_tls(offset) : take_ota(no_update_record());
  }
  if (fields()[field_].read(on_record(), value, latest_)) has_record_ = true;
}

OnRecord& EntryReader::on_record() {
  if (!on_record_) on_record_ = std::make_shared<OnRecord>();
  return *on_record_;
}

/// Of the current member of `stage3`.
Shape EntryReader::shape() const {
  return field_ == kFieldCount ? Shape::plain : fields()[field_].shape;
}

void EntryReader::begin_inner(bool is_object, std::size_t begin) {
  inner_offset_ = begin;
  if (is_object) inside_ = shape();
  if (shape() == Shape::tls) {
    tls_.begin();
    if (!is_object) refuse_tls(begin);
  }
  if (shape() == Shape::ota) {
    ota_.begin();
    if (!is_object) take_ota(no_update_record());
  }
}

void EntryReader::end_inner() {
  if (inside_ == Shape::tls) take_tls();
  if (inside_ == Shape::ota) take_ota(ota_.record());
  inside_ = Shape::plain;
}

void EntryReader::take_tls() {
  const auto pin = tls_.pin();
  if (!pin) return refuse_tls(inner_offset_);
  on_record().tls = pin;
  has_record_ = true;
}

/// One that cannot be read is no defect: only an update would need it, and is held.
void EntryReader::take_ota(const UpdateRecord& record) {
  entry_->has_unreadable_ota = record.state == UpdateState::unreadable;
  on_record().ota = std::make_shared<const UpdateRecord>(record);
  has_record_ = true;
}

/// Nothing that can be ignored: without it, whoever is there now would do.
void EntryReader::refuse_tls(std::size_t offset) {
  add_defect(offset,
             "stage3.tls is not like {\"port\": 443, \"key\": \"sha256//...\"}: put it right, or "
             "delete it to have the key learnt anew");
}

/// Of what is on record twice nobody knows which is true.
void EntryReader::hand_over_record() {
  if (!has_record_) return;
  if (!entry_->is_ambiguous) device_->on_record = std::move(on_record_);
  on_record_.reset();
  has_record_ = false;
}

void EntryReader::resolve_address() {
  if (!has_ip_) return add_defect(entry_->whole.key, "no ip");
  const std::uint16_t port = parse_port(port_).value_or(0);
  const auto address = Address::parse(device_->address_text, port);
  if (!address) {
    return add_defect(ip_offset_, "ip " + shown(device_->address_text) + " " +
                                      explain_address(device_->address_text));
  }
  if (!port_.empty() && address->port() != port) {
    return add_defect(ip_offset_,
                      "ip " + shown(device_->address_text) + " and port " + port_ + " contradict");
  }
  device_->address = *address;
}

void EntryReader::refuse_ip(std::size_t offset) {
  ip_is_reported_ = true;
  add_defect(offset, "ip is not a string");
}

void EntryReader::add_defect(std::size_t offset, std::string text) {
  defects.emplace_back(offset, std::move(text));
}

void EntryReader::add_ambiguity(std::size_t offset, std::string text) {
  entry_->is_ambiguous = true;
  add_defect(offset, std::move(text));
}

}  // namespace stage3::state
