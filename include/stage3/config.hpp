#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stage3/address.hpp>
#include <stage3/language.hpp>
#include <stage3/text.hpp>

namespace stage3 {

/// All durations of the configuration. The file gives seconds, fractions allowed.
using Duration = std::chrono::microseconds;

enum class OtaMode { check_only, check_and_update };
enum class OtaStage { stable, beta };
/// Whether devices are asked by TLS: never; where plain HTTP is redirected to it or refused,
/// which is learnt and recorded; or always. One whose key is on record is asked by TLS only.
enum class TlsMode { off, automatic, require };
/// How the log file tells of a run: for people, or one JSON object a line.
enum class LogFormat { text, json };

/// The section `stage3` of config.yaml. A default-constructed Config is what an empty section
/// gives. The members may be set to anything; what is out of range is refused by validate(), which
/// Runner's constructor and StateStore::load() call.
struct Config {
  /// `enabled`: false = do nothing, successfully.
  bool enabled = true;
  /// `ip_state_file`: relative to the working directory.
  std::string ip_state_file = "data/ip_state.json";
  /// `concurrency`: devices in flight, 1..65536.
  unsigned concurrency = 256;

  struct Ota {
    /// `ota.enabled`: false = ota_status `skipped`.
    bool enabled = true;
    /// `ota.mode`.
    OtaMode mode = OtaMode::check_only;
    /// `ota.timeout`: each OTA RPC, > 0.
    Duration timeout = std::chrono::seconds(20);
    /// `ota.stage`.
    OtaStage stage = OtaStage::stable;
    /// `ota.rate`: updates started per second over the run, from 0.00001; 0 = no limit.
    double rate = 4;
    /// `ota.max_per_run`: updates in one run; 0 = no limit.
    unsigned max_per_run = 0;
    /// `ota.wait`: the run goes on until each update has ended, those that it has found among them.
    bool wait = false;
    /// `ota.quiet`: nothing is asked of a device for so long after its update was sent.
    Duration quiet = std::chrono::seconds(20);
    /// `ota.poll`: how often it is asked then.
    Duration poll = std::chrono::seconds(5);
    /// `ota.deadline`: by then an update has ended, or has failed.
    Duration deadline = std::chrono::seconds(600);
    /// `ota.settle`: so long it must run without another reboot; 0 = it is not looked at again.
    Duration settle{};
    /// `ota.max_steps`: updates of one device in one run that waits, 1..100: an offer may be a
    /// version on the way to the next one.
    unsigned max_steps = 3;
    /// `ota.retry_after`: from one send that came to nothing to the next one of that device.
    Duration retry_after = std::chrono::hours(20);
    /// `ota.max_attempts`: sends of one build to a device, 1..100.
    unsigned max_attempts = 2;
    /// `ota.min_age`: days since the date in an offer's build id; 0 = a new one will do. An offer
    /// without a date is held then.
    unsigned min_age = 0;
    /// `ota.hold`: never updated: MACs, `app=GLOB`, `name=GLOB` (the entry's name).
    std::vector<std::string> hold;
    /// `ota.block`: versions and build ids that are never installed.
    std::vector<std::string> block;
    /// `ota.windows`: when updates may be sent, `Mon-Fri 02:00-05:00`, in local time; empty = ever.
    std::vector<std::string> windows;
  } ota;

  struct Friendly {
    /// `friendly.enabled`: false = friendly_status `skipped`.
    bool enabled = true;
    /// `friendly.field_name`: member of an entry with the wanted name.
    std::string field_name = "friendly_name";
    /// `friendly.backfill`: true = never overwrite a name on the device.
    bool backfill = false;
    /// `friendly.max_length`: code points, 1..255 (a request stays below 4 KiB).
    unsigned max_length = 64;
  } friendly;

  struct Timeouts {
    /// `timeouts.ping`: one ICMP echo.
    Duration ping = std::chrono::milliseconds(250);
    /// `timeouts.reach`: first RPC to a device that did not answer it.
    Duration reach = std::chrono::seconds(1);
    /// `timeouts.rpc`: every other RPC that is not an OTA one.
    Duration rpc = std::chrono::seconds(5);
    /// `timeouts.tls`: connecting with a TLS handshake; a call over TLS has its own time once more
    /// after that.
    Duration tls = std::chrono::seconds(5);
  } timeouts;

  struct Network {
    /// `network.connect_rate`: connections opened per second, from 0.00001; 0 = no limit.
    double connect_rate = 1000;
    /// `network.tls`.
    TlsMode tls = TlsMode::automatic;
    /// `network.tls_ca`: a PEM file; devices' certificates must chain to one in it, whatever the
    /// name in them. Relative to the working directory when a Runner is made; empty = any will do.
    std::string tls_ca;
  } network;

  struct Logging {
    /// `logging.base_path`: the command's log file; empty = none.
    std::string base_path;
    /// `logging.format`.
    LogFormat format = LogFormat::text;
  } logging;

  struct Report {
    /// `report.html_file`: the command's page, made after each run; empty = none.
    std::string html_file;
    /// `report.language`: of the page and of `stage3 status`.
    Language language = Language::en;
  } report;

  struct Metrics {
    /// `metrics.textfile`: the command's metrics for Prometheus, made after each run; empty = none.
    std::string textfile;
  } metrics;

  struct Auth {
    /// `auth.secrets_file`: see Secrets; relative to the working directory when a Runner is made;
    /// empty = no passwords.
    std::string secrets_file;
  } auth;

  /// Reads `path` (at most 1 MiB of YAML, one document) and returns its section `stage3`; other
  /// top-level sections are ignored. A section with nothing in it gives the defaults; a text
  /// without the section is refused, since defaults write names. Throws Error(Errc::config) with
  /// line and column: unknown or duplicate key, wrong type, value out of range, anchors, aliases,
  /// tags or merge keys inside the section, a section that is misspelled or in the wrong place, bad
  /// YAML; without them for a file that cannot be read or has nothing like the section.
  static Config load(const std::string& path);

  /// The same for text already in memory; `name` stands for the path in errors.
  static Config parse(std::string_view yaml, const std::string& name);

  /// Sets one option from text by its key as in the file ("ota.mode", "check_only"); a list from a
  /// JSON array of strings, or from one item as it is. Throws Error(Errc::invalid_argument) for an
  /// unknown key (naming the nearest one) or an unfit value; nothing is changed then.
  void set(std::string_view key, std::string_view value);

  /// The value of one option as text that set() would take, of a list as an array. Throws
  /// Error(Errc::invalid_argument) for an unknown key.
  std::string get(std::string_view key) const;

  /// Throws Error(Errc::invalid_argument), as set() words it, if a member has a value that set()
  /// would not have given it.
  void validate() const;

  /// All keys that set() and the file know, in the order of the documentation.
  static std::vector<std::string> keys();

  /// The text of a file in which every key stands with its default, what it is for and what it may
  /// be: what parse() makes of it is a default-constructed Config.
  static std::string default_file();
};

/// The certificates of `network.tls_ca`, a PEM file of at most 1 MiB, as text; empty: none are
/// wanted, or no TLS. Throws Error(Errc::config) for a file that cannot be read or that does not
/// begin with a certificate.
std::string load_tls_ca(const Config::Network& network);

/// Device passwords from a YAML file: `shelly: {password: ..., devices: {<mac>: {password: ...}}}`.
/// The user name of a Shelly is always `admin`. Other top-level sections are ignored.
class Secrets {
 public:
  Secrets() = default;

  /// Throws Error(Errc::config): unreadable, malformed (no message quotes anything of the file), a
  /// MAC given twice, a password that is empty or holds control characters, or a file that others
  /// may write: by its mode, or because it belongs to neither root nor the process's user (for a
  /// process of root: nor to the owner of the directory). Links are followed; what counts is the
  /// file that is read.
  static Secrets load(const std::string& path);
  static Secrets parse(std::string_view yaml, const std::string& name);

  /// The device's own password, else the common one, else none. Any thread.
  std::optional<std::string> password_for(const Mac& mac) const;

  /// What an operator should know: the file may be read by others, or it gives no password at all.
  const std::vector<std::string>& notices() const noexcept { return notices_; }

 private:
  std::optional<std::string> common_;
  std::map<Mac, std::string> by_mac_;
  std::vector<std::string> notices_;
};

}  // namespace stage3
