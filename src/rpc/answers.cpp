#include "rpc/answers.hpp"

#include <charconv>
#include <cstddef>
#include <initializer_list>
#include <utility>

#include "config/words.hpp"
#include "json/reader.hpp"
#include "json/scalars.hpp"

namespace stage3::rpc {

namespace {

using json::Path;
using json::Scalar;

constexpr json::Limits kLimits{64 * 1024, 32};

// Far beyond anything a device sends; what is longer is not a version, a name or an id, and would
// only swell the state file.
constexpr std::size_t kMaxText = 1024;

bool is_at(const Path& path, std::initializer_list<std::string_view> names) {
  if (path.size() != names.size()) return false;
  auto part = path.begin();
  for (const std::string_view name : names)
    if (*part++ != name) return false;
  return true;
}

bool is_usable_text(const Scalar& scalar) {
  return scalar.kind == Scalar::Kind::string && !scalar.damaged && scalar.text.size() <= kMaxText;
}

/// What is no usable text leaves `target` as it is: the member counts as missing.
void take_text(std::string& target, const Scalar& scalar) {
  if (is_usable_text(scalar)) target = scalar.text;
}

struct Anything final : json::Handler {
  void begin_object(json::Span) override {}
  void key(std::string_view, json::Span) override {}
  void end_object(json::Span) override {}
  void begin_array(json::Span) override {}
  void end_array(json::Span) override {}
  void scalar(const Scalar&, json::Span) override {}
};

/// 0 for what is none, or too large for a code.
int whole_number(std::string_view text) {
  int number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  return fault == std::errc() && end == text.data() + text.size() ? number : 0;
}

void take_name(NameInAnswer& name, const Scalar& scalar) {
  const bool is_text = is_usable_text(scalar);
  name.is_given = is_text || scalar.kind == Scalar::Kind::null;
  name.name = is_text ? std::string(scalar.text) : std::string();
}

Unusable not_json(const json::Problem& problem) {
  return {"answer is not JSON (" + problem.message + ")"};
}

/// Looks at containers too: `"stable":{}` is a broken offer, not the lack of one.
class OfferReader final : public json::Handler {
 public:
  explicit OfferReader(OtaStage wanted) : wants_beta_(wanted == OtaStage::beta) {}

  Answer<Offers> answer() const {
    if (!is_object_ || is_frame_) return Unusable{"answer is not a list of offers"};
    const auto lacks_version = [](const std::optional<Offer>& offer) {
      return offer && offer->version.empty();
    };
    if (unfit_ || lacks_version(offers_.stable) || lacks_version(offers_.beta))
      return Unusable{"answer has an offer without a version"};
    return offers_;
  }

  void begin_object(json::Span) override { enter(true); }
  void begin_array(json::Span) override { enter(false); }
  void end_object(json::Span) override { --depth_; }
  void end_array(json::Span) override { --depth_; }
  void key(std::string_view name, json::Span) override {
    if (depth_ == 1) stage_ = name;
    if (depth_ == 1 && (name == "result" || name == "error" || name == "code")) is_frame_ = true;
    if (depth_ == 2) member_ = name;
  }
  void scalar(const Scalar& value, json::Span) override {
    if (depth_ == 0) is_object_ = false;
    if (depth_ == 1) take_stage(value);
    if (depth_ == 2 && open_ != nullptr) take_member(value);
  }

 private:
  std::optional<Offer>* wanted() {
    if (stage_ == config::word_of(OtaStage::stable)) return &offers_.stable;
    return stage_ == config::word_of(OtaStage::beta) && wants_beta_ ? &offers_.beta : nullptr;
  }

  void enter(bool is_object) {
    if (depth_ == 0) is_object_ = is_object;
    if (depth_ == 1) {
      std::optional<Offer>* const offer = wanted();
      if (offer != nullptr && !is_object) unfit_ = true;
      open_ = offer != nullptr && is_object ? &offer->emplace() : nullptr;
    }
    if (depth_ == 2 && open_ != nullptr && member_ == "version") unfit_ = true;
    ++depth_;
  }

  void take_stage(const Scalar& value) {
    std::optional<Offer>* const offer = wanted();
    if (offer == nullptr) return;
    if (value.kind != Scalar::Kind::null) unfit_ = true;
    offer->reset();
  }

  void take_member(const Scalar& value) {
    if (member_ == "build_id") take_text(open_->build_id, value);
    if (member_ != "version" || value.kind == Scalar::Kind::null) return;
    if (!is_usable_text(value)) unfit_ = true;
    take_text(open_->version, value);
  }

  bool wants_beta_;
  Offers offers_;
  /// The offer whose members are being read.
  Offer* open_ = nullptr;
  std::string stage_;
  std::string member_;
  unsigned depth_ = 0;
  bool is_object_ = true;
  /// An answer of another form, an error above all.
  bool is_frame_ = false;
  bool unfit_ = false;
};

}  // namespace

Answer<DeviceInfo> read_device_info(std::string_view body) {
  DeviceInfo info;
  std::string mac_text;
  bool has_gen = false;
  bool has_type = false;
  const auto problem =
      json::visit_scalars(body, kLimits, [&](const Path& path, const Scalar& scalar) {
        if (path.size() != 1) return;
        const std::string& name = path.front();
        if (name == "mac") take_text(mac_text, scalar);
        if (name == "id") take_text(info.id, scalar);
        if (name == "app") take_text(info.app, scalar);
        if (name == "ver") take_text(info.ver, scalar);
        if (name == "fw_id") take_text(info.fw_id, scalar);
        if (name == "auth_en")
          info.auth_en = scalar.kind == Scalar::Kind::boolean && scalar.text == "true";
        if (name == "name") take_name(info.name, scalar);
        if (name == "gen") has_gen = true;
        if (name == "type") has_type = true;
      });
  if (problem) return not_json(*problem);
  const std::optional<Mac> mac = Mac::parse(mac_text);
  if (!mac)
    return Unusable{mac_text.empty() ? "answer has no MAC" : "\"" + mac_text + "\" is not a MAC"};
  info.mac = *mac;
  info.is_gen1 = has_type && !has_gen;
  return info;
}

Answer<SysConfig> read_sys_config(std::string_view body) {
  SysConfig config;
  const auto problem =
      json::visit_scalars(body, kLimits, [&](const Path& path, const Scalar& scalar) {
        if (is_at(path, {"device", "name"})) take_name(config.name, scalar);
        if (is_at(path, {"device", "mac"}))
          config.mac = is_usable_text(scalar) ? Mac::parse(scalar.text) : std::nullopt;
      });
  if (problem) return not_json(*problem);
  return config;
}

Answer<SysStatus> read_sys_status(std::string_view body) {
  SysStatus status;
  const auto problem =
      json::visit_scalars(body, kLimits, [&](const Path& path, const Scalar& scalar) {
        if (scalar.kind != Scalar::Kind::number) return;
        const int number = whole_number(scalar.text);
        if (is_at(path, {"uptime"}) && (number > 0 || scalar.text == "0")) status.uptime = number;
        // Any period, also a part of a second.
        if (is_at(path, {"wakeup_period"}))
          status.is_sleeper = scalar.text.find_first_of("123456789") != std::string_view::npos;
      });
  if (problem) return not_json(*problem);
  return status;
}

Answer<Offers> read_offers(std::string_view body, OtaStage wanted) {
  OfferReader reader(wanted);
  std::string text(body.substr(0, kLimits.max_bytes + 1));
  if (const auto problem = json::read_damaged(std::move(text), kLimits, reader))
    return not_json(*problem);
  return reader.answer();
}

std::optional<RpcError> read_rpc_error(std::string_view body) {
  RpcError error;
  bool is_error = false;
  const auto problem =
      json::visit_scalars(body, kLimits, [&](const Path& path, const Scalar& scalar) {
        const bool is_framed = path.front() == "error" && path.size() <= 2;
        if (path.size() != 1 && !is_framed) return;
        const bool is_code = path.back() == "code";
        if ((is_framed || is_code) && scalar.kind != Scalar::Kind::null) is_error = true;
        if (is_code && scalar.kind == Scalar::Kind::number) error.code = whole_number(scalar.text);
        if (path.back() == "message") take_text(error.message, scalar);
      });
  if (problem || !is_error) return std::nullopt;
  return error;
}

bool is_acceptance(std::string_view body) {
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return true;
  Anything anything;
  return !json::read_damaged(std::string(body), kLimits, anything);
}

}  // namespace stage3::rpc
