#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <stage3/result.hpp>

namespace stage3::probe {

/// Hands each member to `visit`, but for the device of a result. One that is added, and forgotten
/// here, does not compile.
template <class Visit>
void visit_members(UpdateRecord& record, Visit& visit) {
  auto& [state, from, to, build, sent_at, ended_at, attempts, error, tls, tls_key_changed] = record;
  visit(state), visit(from), visit(to), visit(build), visit(sent_at), visit(ended_at);
  visit(attempts), visit(error), visit(tls), visit(tls_key_changed);
}

template <class Visit>
void visit_members(DeviceError& error, Visit& visit) {
  auto& [part, cause, http_status, rpc_code, text] = error;
  visit(part), visit(cause), visit(http_status), visit(rpc_code), visit(text);
}

template <class Visit>
void visit_members(DeviceResult& result, Visit& visit) {
  auto& [device, outcome, ota_status, friendly_status, errors, error_id, id, app, fw, fw_id,
         device_name, previous_name, wanted_name, update, update_build, tls, certificate,
         tls_key_changed, name_changed, update_sent, update_ended, update_held, held, ota,
         finished_at, last_seen] = result;
  visit(outcome), visit(ota_status), visit(friendly_status), visit(errors), visit(error_id);
  visit(id), visit(app);
  visit(fw), visit(fw_id), visit(device_name), visit(previous_name), visit(wanted_name);
  visit(update), visit(update_build), visit(tls), visit(certificate), visit(tls_key_changed);
  visit(name_changed), visit(update_sent), visit(update_ended), visit(update_held);
  visit(held), visit(ota), visit(finished_at), visit(last_seen);
}

/// Puts values one behind the other, without the room that their types keep for more.
class Packer {
 public:
  template <class T>
  void operator()(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void operator()(const std::string& text) {
    put_size(text.size());
    out_ += text;
  }
  template <class T>
  void operator()(const std::optional<T>& value) {
    (*this)(value.has_value());
    if (value) (*this)(*value);
  }
  void operator()(std::vector<DeviceError>& errors) {
    put_size(errors.size());
    for (DeviceError& error : errors)
      visit_members(error, *this);
  }
  void operator()(const std::shared_ptr<const UpdateRecord>& record) {
    (*this)(record != nullptr);
    if (!record) return;
    UpdateRecord copy = *record;
    visit_members(copy, *this);
  }

  std::string take() {
    out_.shrink_to_fit();
    return std::move(out_);
  }

 private:
  /// Seven bits a byte, the last one without the eighth: most are short.
  void put_size(std::size_t size) {
    for (; size >= 0x80; size >>= 7U)
      out_ += static_cast<char>(0x80U | (size & 0x7FU));
    out_ += static_cast<char>(size);
  }

  std::string out_;
};

/// Reads them back, in the same order.
class Unpacker {
 public:
  explicit Unpacker(std::string_view packed) : rest_(packed) {}

  template <class T>
  void operator()(T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
  }
  void operator()(std::string& text) {
    const std::size_t size = get_size();
    text.assign(rest_, 0, size);
    rest_.remove_prefix(size);
  }
  template <class T>
  void operator()(std::optional<T>& value) {
    if (get<bool>()) (*this)(value.emplace());
  }
  void operator()(std::vector<DeviceError>& errors) {
    errors.resize(get_size());
    for (DeviceError& error : errors)
      visit_members(error, *this);
  }
  void operator()(std::shared_ptr<const UpdateRecord>& record) {
    if (!get<bool>()) return;
    auto read = std::make_shared<UpdateRecord>();
    visit_members(*read, *this);
    record = std::move(read);
  }

 private:
  std::size_t get_size() {
    std::size_t size = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = get<std::uint8_t>();
      size |= std::size_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return size;
    }
  }

  template <class T>
  T get() {
    T value{};
    (*this)(value);
    return value;
  }

  std::string_view rest_;
};

}  // namespace stage3::probe
