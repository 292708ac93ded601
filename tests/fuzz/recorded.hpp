#pragma once

#include <string>
#include <string_view>

#include "state/record.hpp"
#include "unicode.hpp"

namespace stage3::fuzz {

/// What is recorded about a device, chosen by a few letters, a newline and a text.
class Recorded {
 public:
  explicit Recorded(std::string_view chosen) {
    const std::size_t end = std::min(chosen.find('\n'), chosen.size());
    letters_ = chosen.substr(0, end);
    text_ = chosen.substr(std::min(end + 1, chosen.size()));
    // Answers of devices are valid UTF-8 by the time they are recorded.
    if (!decode(text_)) text_.clear();
  }

  /// The views are this object's own.
  state::Record::Content content() const {
    state::Record::Content content;
    content.last_run = 1'795'444'265;
    if (!has('o')) content.ota_status = OtaStatus::update_available;
    if (!has('f')) content.friendly_status = FriendlyStatus::ok;
    if (has('e')) content.error = text_.empty() ? std::string_view("OTA: timeout") : text_;
    if (has('e')) content.error_id = "ota.timeout";
    if (!has('f') && has('e')) content.failing_since = 1'795'000'000;
    if (has('t')) content.ota = state::Record::Update{};  // taken out
    if (has('d')) {                                       // was sent, and is done
      content.ota = state::Record::Update{UpdateState::updated, "1.7.5",       "2.0.0", text(64),
                                          1'795'444'000,        1'795'444'100, 1,       {}};
    }
    if (has('r')) {  // about to be sent
      content = {};
      content.ota = state::Record::Update{
          UpdateState::sent, {}, "2.0.0", {}, 1'795'444'000, 0, 2, text(state::kMaxUpdateError)};
      return content;
    }
    if (has('s')) return content;  // silent
    state::Record::Observation seen;
    seen.last_seen = *content.last_run;
    if (!has('v')) seen.fw = "1.7.5";
    if (!has('b')) seen.fw_id = "20260311-095911/1.7.5-g9979d16";
    if (!has('a')) seen.app = "S2PMG3";
    if (!has('i')) seen.id = "shelly2pmg3-34cdb0770c4c";
    if (has('u')) seen.update = "2.0.0";
    if (has('U')) seen.update_build = "20261101-101010/2.0.0-gabcdef0";
    if (!has('n')) seen.device_name = std::string_view(text_);
    content.observation = seen;
    return content;
  }

 private:
  bool has(char letter) const { return letters_.find(letter) != std::string_view::npos; }

  std::string_view text(std::size_t size) const {
    return text_.size() <= size ? std::string_view(text_) : std::string_view();
  }

  std::string_view letters_;
  std::string text_;
};

}  // namespace stage3::fuzz
