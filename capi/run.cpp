#include "run.hpp"

#include <string.h>

#include <array>
#include <stage3/error.hpp>

#include "call_out.hpp"
#include "device.hpp"
#include "result.hpp"
#include "words.hpp"

namespace stage3::capi {
namespace {

/// Room for a password, wiped at the end.
class PasswordBuffer {
 public:
  PasswordBuffer() = default;
  ~PasswordBuffer() { explicit_bzero(bytes_.data(), bytes_.size()); }
  PasswordBuffer(const PasswordBuffer&) = delete;
  PasswordBuffer& operator=(const PasswordBuffer&) = delete;

  char* data() noexcept { return bytes_.data(); }
  std::size_t size() const noexcept { return bytes_.size(); }

  std::string get() const {
    const std::size_t length = strnlen(bytes_.data(), bytes_.size());
    if (length == bytes_.size()) refuse("on_password has written no NUL");
    return {bytes_.data(), length};
  }

 private:
  std::array<char, 256> bytes_{};
};

}  // namespace

Run::Run(const stage3::Config& config, const stage3_callbacks& calls,
         const stage3::RunOptions& options)
    : calls_(calls), alone_(std::make_unique<stage3::Runner>(config, callbacks(), options)) {}

Run::Run(const stage3::Config& config, const stage3_callbacks& calls,
         const stage3::JobOptions& options)
    : calls_(calls), job_(std::make_unique<stage3::Job>(config, callbacks(), options)) {}

Run::~Run() {
  if (calls_.destroy == nullptr) return;
  try {
    calls_.destroy(calls_.user);
  } catch (...) {  // Nobody is left who could hear of it.
  }
}

void Run::close() noexcept {
  closed_ = true;
  runner().cancel();
}

/// Only what the caller wants to know is asked for, so that the rest costs nothing.
stage3::JobCallbacks Run::callbacks() {
  stage3::JobCallbacks out;
  if (calls_.on_result != nullptr)
    out.on_result = [this](const DeviceResult& result) { on_result(result); };
  if (calls_.on_event != nullptr)
    out.on_event = [this](DeviceEvent event, const Device& device) { on_event(event, device); };
  if (calls_.on_permit != nullptr) {
    out.on_permit = [this](const Device& device, const std::string& version) {
      return on_permit(device, version);
    };
  }
  if (calls_.on_update != nullptr)
    out.on_update = [this](const UpdateRequest& request) { return on_update(request); };
  if (calls_.utc_offset != nullptr)
    out.utc_offset = [this](std::int64_t utc) { return utc_offset(utc); };
  if (calls_.on_key_change != nullptr) {
    out.accept_key = [this](const Device& device, const KeyHash& key) {
      return on_key_change(device, key);
    };
  }
  if (calls_.on_log != nullptr) {
    out.on_log = [this](LogLevel level, std::string_view text) { on_log(level, text); };
    out.on_notice = [this](const std::string& text) { on_log(LogLevel::warning, text); };
  }
  if (calls_.on_password != nullptr) {
    out.password_source = [this](const Mac& mac, std::string_view realm) {
      return password_for(mac, realm);
    };
  }
  return out;
}

void Run::on_result(const DeviceResult& result) {
  if (closed_) return;
  const ResultHandle handle(new stage3_result(result));
  heed(call_out("on_result", calls_.on_result, calls_.user, handle.get()));
}

void Run::on_event(DeviceEvent event, const Device& device) {
  if (closed_) return;
  const DeviceView view(device);
  heed(call_out("on_event", calls_.on_event, calls_.user, to_c(event), &view.get()));
}

bool Run::on_permit(const Device& device, const std::string& version) {
  if (closed_) return false;
  const DeviceView view(device);
  int allow = 0;
  const int answer =
      call_out("on_permit", calls_.on_permit, calls_.user, &view.get(), version.c_str(), &allow);
  heed(answer);
  return answer == 0 && allow == 1;
}

UpdateDecision Run::on_update(const UpdateRequest& request) {
  if (closed_) return UpdateDecision::no;
  const DeviceView device(request.device);
  stage3_update_record record = view_of(request.record);
  std::string key;
  set_pin(record, key, request.record.tls);
  record.tls_key_changed = request.record.tls_key_changed ? 1 : 0;
  const stage3_update_request view = {sizeof view,
                                      &device.get(),
                                      request.id.c_str(),
                                      request.app.c_str(),
                                      request.fw.c_str(),
                                      request.fw_id.c_str(),
                                      request.version.c_str(),
                                      request.build.c_str(),
                                      &record};
  int decision = STAGE3_UPDATE_NO;
  const int answer = call_out("on_update", calls_.on_update, calls_.user, &view, &decision);
  heed(answer);
  if (answer != 0) return UpdateDecision::no;
  if (decision == STAGE3_UPDATE_LATER) return UpdateDecision::later;
  return decision == STAGE3_UPDATE_YES ? UpdateDecision::yes : UpdateDecision::no;
}

std::int64_t Run::utc_offset(std::int64_t utc) {
  constexpr int kDay = 24 * 60 * 60;
  if (closed_) return 0;
  int seconds = 0;
  heed(call_out("utc_offset", calls_.utc_offset, calls_.user, utc, &seconds));
  if (seconds < -kDay || seconds > kDay) refuse("utc_offset has told of more than a day");
  return seconds;
}

bool Run::on_key_change(const Device& device, const KeyHash& key) {
  if (closed_) return false;
  const DeviceView view(device);
  int accept = 0;
  const int answer = call_out("on_key_change", calls_.on_key_change, calls_.user, &view.get(),
                              key.to_string().c_str(), &accept);
  heed(answer);
  return answer == 0 && accept == 1;
}

std::optional<std::string> Run::password_for(const Mac& mac, std::string_view realm) {
  if (closed_) return std::nullopt;
  PasswordBuffer password;
  heed(call_out("on_password", calls_.on_password, calls_.user, mac.to_string().c_str(),
                std::string(realm).c_str(), password.data(), password.size()));
  return password.get();
}

void Run::on_log(LogLevel level, std::string_view text) {
  if (closed_) return;
  heed(call_out("on_log", calls_.on_log, calls_.user, to_c(level), std::string(text).c_str()));
}

void Run::heed(int answer) noexcept {
  if (answer != 0) runner().cancel();
}

}  // namespace stage3::capi
