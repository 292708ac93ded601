#include "config/keys.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/scalars.hpp"

namespace stage3::config {
namespace {

using Ota = Config::Ota;
using Friendly = Config::Friendly;
using Timeouts = Config::Timeouts;
using Network = Config::Network;
using Logging = Config::Logging;
using Auth = Config::Auth;

using OptionalCount = Whole<0, 1000000000>;

constexpr std::array kKeys{
    row<Boolean, &Config::enabled>("enabled", "`false`: a run does nothing, successfully"),
    row<Path, &Config::ip_state_file>("ip_state_file",
                                      "the state file, relative to the working directory"),
    row<Whole<1, 65536>, &Config::concurrency>(
        "concurrency", "devices in flight at once, as far as the limit of descriptors allows"),
    row<Boolean, &Config::ota, &Ota::enabled>(
        "ota.enabled", "`false`: no firmware is checked or updated, `OTA=skipped`"),
    row<Choice<kModeWords>, &Config::ota, &Ota::mode>(
        "ota.mode", "`check_and_update` starts the updates that a check finds"),
    row<Seconds, &Config::ota, &Ota::timeout>("ota.timeout",
                                              "for each call that checks or updates"),
    row<Choice<kStageWords>, &Config::ota, &Ota::stage>(
        "ota.stage", "`beta`: beta versions count, too, and the newer of the two offers is taken"),
    row<Rate, &Config::ota, &Ota::rate>("ota.rate",
                                        "updates started per second, over the whole run"),
    row<OptionalCount, &Config::ota, &Ota::max_per_run>(
        "ota.max_per_run", "updates started in one run; the next takes the others"),
    row<Boolean, &Config::friendly, &Friendly::enabled>(
        "friendly.enabled", "`false`: no name is written, `Friendly=skipped`"),
    row<FieldName, &Config::friendly, &Friendly::field_name>(
        "friendly.field_name", "the member of an entry that holds the wanted name"),
    row<Boolean, &Config::friendly, &Friendly::backfill>(
        "friendly.backfill", "`true`: a name that is on the device is never overwritten"),
    row<Whole<1, 255>, &Config::friendly, &Friendly::max_length>(
        "friendly.max_length", "code points of a name; what is longer is cut"),
    row<Seconds, &Config::timeouts, &Timeouts::ping>("timeouts.ping",
                                                     "for the answer to one ICMP echo"),
    row<Seconds, &Config::timeouts, &Timeouts::reach>(
        "timeouts.reach", "for the first call to a device that did not answer the ping"),
    row<Seconds, &Config::timeouts, &Timeouts::rpc>(
        "timeouts.rpc", "for every other call that neither checks nor updates"),
    row<Seconds, &Config::timeouts, &Timeouts::tls>(
        "timeouts.tls",
        "for connecting with a TLS handshake, where the call's own time is shorter"),
    row<Rate, &Config::network, &Network::connect_rate>("network.connect_rate",
                                                        "connections opened per second"),
    row<Choice<kTlsWords>, &Config::network, &Network::tls>(
        "network.tls",
        "`auto`: by TLS where HTTP is redirected to it, or refused, and from then on; `require`: "
        "always"),
    row<OptionalPath, &Config::network, &Network::tls_ca>(
        "network.tls_ca", "PEM file: devices' certificates must chain to one in it; empty: none"),
    row<OptionalPath, &Config::logging, &Logging::base_path>(
        "logging.base_path", "the log file of the command, which is appended to; empty: none"),
    row<OptionalPath, &Config::auth, &Auth::secrets_file>(
        "auth.secrets_file", "the passwords, relative to the working directory; empty: none"),
};

Refusal unfit(const Key& key, std::string_view value, std::string_view hint) {
  std::string message =
      std::string(key.name) + " must be " + key.expects() + ", not " + quoted(value);
  if (!hint.empty()) message += ": " + std::string(hint);
  return {message};
}

}  // namespace

Keys all_keys() noexcept {
  return {kKeys.data(), kKeys.data() + kKeys.size()};
}

const KeyNames& key_names() {
  static const KeyNames names = [] {
    KeyNames all;
    for (const Key& key : kKeys)
      all.push_back(key.name);
    return all;
  }();
  return names;
}

const Key* find_key(std::string_view name) {
  const auto* const found =
      std::find_if(kKeys.begin(), kKeys.end(), [&](const Key& key) { return key.name == name; });
  return found == kKeys.end() ? nullptr : found;
}

bool is_section(std::string_view name) {
  return is_section(name, key_names());
}

Refusal unknown_key(std::string_view name) {
  return unknown_key(name, key_names());
}

void apply(const Key& key, const SectionScalar& value, Config& config) {
  if (value.quoted && key.kind != Kind::text) {
    throw Refusal{std::string(key.name) + " must be " + key.expects() + ", not the text " +
                  quoted(value.text) + ": remove the quotes"};
  }
  if (key.assign(config, value.text)) return;
  throw unfit(key, value.text, key.kind == Kind::number ? number_hint(value.text) : "");
}

void check(const Key& key, const Config& config) {
  if (!key.is_fit(config)) throw unfit(key, key.show(config), "");
}

}  // namespace stage3::config
