#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stage3/device.hpp>

#include "json/reader.hpp"
#include "state/document.hpp"
#include "state/fields.hpp"
#include "state/ota_reader.hpp"
#include "state/tls_reader.hpp"

namespace stage3::state {

/// Reads one entry of a state file, token by token, into a Device and an Entry.
class EntryReader {
 public:
  /// `name_field`, the member that holds the wanted name, must outlive the reader. What is on
  /// record for a time after `latest` counts as absent.
  EntryReader(std::string_view name_field, std::int64_t latest)
      : name_field_(name_field), latest_(latest) {}

  /// Begins the next entry, which is read into `device` and `entry`: they are new, stay where they
  /// are and are complete after close(). `value` is where the entry's value begins.
  void open(Device& device, Entry& entry, std::string_view key, json::Span key_token,
            std::size_t value, bool is_object);

  // The tokens between the braces of the entry. A compound is an object or an array.
  void key(std::string_view name, json::Span token);
  void scalar(const json::Scalar& value, json::Span token);
  void begin_compound(bool is_object, std::size_t begin);
  void end_compound(std::size_t end);

  /// Ends the entry: `end` is the offset behind its value.
  void close(std::size_t end);

  /// What makes the entry unusable, offset and text; complete after close().
  std::vector<std::pair<std::size_t, std::string>> defects;

 private:
  enum class Name { other, ip, port, model, fw, hostname, site, stage3, mac_aliases };

  static Name name_of(std::string_view text);
  void entry_key(std::string_view name, json::Span token);
  void stage3_key(std::string_view name, json::Span token);
  void entry_scalar(const json::Scalar& value, json::Span token);
  void entry_compound(bool is_object, std::size_t begin);
  bool is_read(std::size_t offset);
  void read_ip(const json::Scalar& value, std::size_t offset);
  void read_port(const json::Scalar& value, std::size_t offset);
  void read_alias(const json::Scalar& value, std::size_t offset);
  void read_recorded(const json::Scalar& value, std::size_t offset);
  Shape shape() const;
  void begin_inner(bool is_object, std::size_t begin);
  void end_inner();
  OnRecord& on_record();
  void take_tls();
  void refuse_tls(std::size_t offset);
  void take_ota(const UpdateRecord& record);
  void hand_over_record();
  void resolve_address();
  void add_defect(std::size_t offset, std::string text);
  void refuse_ip(std::size_t offset);
  void add_ambiguity(std::size_t offset, std::string text);

  std::string_view name_field_;
  std::int64_t latest_;
  Device* device_ = nullptr;
  Entry* entry_ = nullptr;

  // Where we are: at depth 1 stand the members of the entry, at depth 2 those of `stage3` and the
  // elements of `mac_aliases`, at depth 3 those of an object in `stage3`.
  unsigned depth_ = 0;
  Name name_ = Name::other;
  bool is_wanted_name_ = false;
  Member member_;  // the current one at depth 1, as far as it is known

  unsigned names_seen_ = 0;  // a bit for each Name
  bool wanted_name_seen_ = false;
  bool is_object_ = false;
  bool has_ip_ = false;
  bool ip_is_reported_ = false;
  std::size_t ip_offset_ = 0;
  std::string port_;  // as spelled; empty: none

  std::size_t field_ = kFieldCount;      // the row of the current member of `stage3`
  std::shared_ptr<OnRecord> on_record_;  // of this entry, or of none yet
  bool has_record_ = false;
  Shape inside_ = Shape::plain;  // in this object of `stage3`; plain: in none
  std::size_t inner_offset_ = 0;
  TlsReader tls_;
  OtaReader ota_;
};

}  // namespace stage3::state
