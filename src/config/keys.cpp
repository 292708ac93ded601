#include "config/keys.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "config/list_types.hpp"
#include "config/scalars.hpp"

namespace stage3::config {
namespace {

using Ota = Config::Ota;
using Friendly = Config::Friendly;
using Timeouts = Config::Timeouts;
using Network = Config::Network;
using Logging = Config::Logging;
using Report = Config::Report;
using Metrics = Config::Metrics;
using Auth = Config::Auth;

using std::chrono::hours;
using std::chrono::milliseconds;

/// A time that may be none, up to an hour.
using OptionalSeconds = SecondsFrom<0, count(hours(1))>;
/// More often, and nothing else would be done.
using Interval = SecondsFrom<count(milliseconds(100)), count(hours(1))>;
/// A device that has not come back in a day does not do so by itself.
using Deadline = SecondsFrom<count(std::chrono::seconds(1)), count(hours(24))>;
using OptionalHours = SecondsFrom<0, count(hours(24))>;
/// Up to 30 days.
using OptionalDays = SecondsFrom<0, count(hours(30 * 24))>;
/// Of one device.
using Times = Whole<1, 100>;

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
    row<Limit, &Config::ota, &Ota::max_per_run>(
        "ota.max_per_run", "updates started in one run; the next takes the others"),
    row<Boolean, &Config::ota, &Ota::wait>(
        "ota.wait",
        "`true`: the run goes on until each update that it sent, or found as sent, has ended"),
    row<OptionalSeconds, &Config::ota, &Ota::quiet>(
        "ota.quiet", "nothing is asked of a device for so long after its update was sent"),
    row<Interval, &Config::ota, &Ota::poll>("ota.poll", "from one question to the next after that"),
    row<Deadline, &Config::ota, &Ota::deadline>(
        "ota.deadline", "so long after it was sent an update has ended, or has failed"),
    row<OptionalHours, &Config::ota, &Ota::settle>(
        "ota.settle",
        "so long a device must run on without another reboot; 0: it is not asked again"),
    row<Times, &Config::ota, &Ota::max_steps>(
        "ota.max_steps",
        "updates of one device in a run that waits, intermediate versions included"),
    row<OptionalDays, &Config::ota, &Ota::retry_after>(
        "ota.retry_after", "from an update of a device that came to nothing to its next one"),
    row<Times, &Config::ota, &Ota::max_attempts>("ota.max_attempts",
                                                 "how often one build is sent to a device"),
    row<Days, &Config::ota, &Ota::min_age>(
        "ota.min_age",
        "days since the date in the offer's build id: younger ones, and those without a date, are "
        "held"),
    row<List<HoldItem, 10000>, &Config::ota, &Ota::hold>(
        "ota.hold", "devices that are never updated: by MAC, `app`, or the entry's name"),
    row<List<BuildItem, 10000>, &Config::ota, &Ota::block>("ota.block", "what is never installed"),
    row<List<WindowItem, 100>, &Config::ota, &Ota::windows>(
        "ota.windows", "when updates may be sent, in local time; without one, at any time"),
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
    row<Choice<kLogWords>, &Config::logging, &Logging::format>(
        "logging.format", "`json`: the log has one JSON object a line"),
    row<OptionalPath, &Config::report, &Report::html_file>(
        "report.html_file", "the page that the command makes after each run; empty: none"),
    row<Choice<kLanguageWords>, &Config::report, &Report::language>(
        "report.language", "of the page and of `stage3 status`"),
    row<OptionalPath, &Config::metrics, &Metrics::textfile>(
        "metrics.textfile",
        "the command's metrics for Prometheus (`*.prom`), made after each run; empty: none"),
    row<OptionalPath, &Config::auth, &Auth::secrets_file>(
        "auth.secrets_file", "the passwords, relative to the working directory; empty: none"),
};

Refusal unfit(const Key& key, std::string_view value, std::string_view hint) {
  std::string message =
      std::string(key.name) + " must be " + key.expects() + ", not " + quoted(value);
  if (!hint.empty()) message += ": " + std::string(hint);
  return {message};
}

Items items_of(const Key& key, std::string_view text) {
  if (auto items = parse_items(text)) return *std::move(items);
  throw unfit(key, text, "as text it is one item, or a JSON array of strings like [\"a\", \"b\"]");
}

/// With the key before what is wrong with an item.
Refusal unfit(const Key& key, const Refusal& item) {
  return {std::string(key.name) + ": " + item.message, item.item};
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
  if (value.quoted && key.kind != Kind::text && key.kind != Kind::list) {
    throw Refusal{std::string(key.name) + " must be " + key.expects() + ", not the text " +
                  quoted(value.text) + ": remove the quotes"};
  }
  if (key.kind == Kind::list) return apply(key, items_of(key, value.text), config);
  if (key.assign(config, value.text)) return;
  throw unfit(key, value.text, key.kind == Kind::number ? number_hint(value.text) : "");
}

void apply(const Key& key, Items items, Config& config) {
  if (const auto refusal = key.assign_items(config, std::move(items))) throw unfit(key, *refusal);
}

void check(const Key& key, const Config& config) {
  if (key.kind == Kind::list) {
    if (const auto refusal = key.find_unfit(config)) throw unfit(key, *refusal);
  } else if (!key.is_fit(config)) {
    throw unfit(key, key.show(config), "");
  }
}

}  // namespace stage3::config
