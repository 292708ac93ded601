#include <algorithm>

#include <stage3/text.hpp>

#include "report/facts.hpp"
#include "report/words.hpp"

namespace stage3 {
namespace {

using report::number_text;

/// More of one kind would push what comes behind off the screen.
constexpr std::size_t kMostListed = 20;

class TextWriter {
 public:
  TextWriter(const Overview& overview, Language language)
      : overview_(overview), language_(language) {}

  std::string write() {
    out_ += report::verdict(overview_, language_) + '\n';
    const std::string last_run = report::last_run_text(overview_, language_);
    if (!last_run.empty()) out_ += last_run + ".\n";
    write_counts();
    write_apps();
    for (const Overview::Failure& failure : overview_.failures)
      write_failure(failure);
    write_offline();
    write_under_way();
    return std::move(out_);
  }

 private:
  std::string number(std::size_t n) const { return number_text(n, language_); }

  void line(std::string_view label, const std::vector<Overview::Count>& counts) {
    if (counts.empty()) return;
    out_ += label;
    out_.append(10 - std::min<std::size_t>(label.size(), 9), ' ');
    append(counts);
    out_ += '\n';
  }

  void append(const std::vector<Overview::Count>& counts) {
    const char* between = "";
    for (const Overview::Count& count : counts) {
      out_ += between;
      out_ += count.word.empty() ? std::string(report::kUnknownVersion.in(language_))
                                 : escape(count.word);
      out_ += ' ' + number(count.devices);
      between = ", ";
    }
  }

  void write_counts() {
    if (!overview_.ota_status.empty()) out_ += '\n';
    line("OTA", overview_.ota_status);
    line("Friendly", overview_.friendly_status);
    line(report::kUpdates.in(language_), overview_.update_states);
  }

  void write_apps() {
    if (overview_.apps.empty()) return;
    out_ += '\n' + std::string(report::kFirmware.in(language_)) + '\n';
    for (const Overview::App& app : overview_.apps) {
      out_ += "  " + (app.name.empty() ? std::string(report::kUnknownApp.in(language_))
                                       : escape(app.name));
      out_ += ' ' + number(app.devices) + ": ";
      append(app.versions);
      out_ += '\n';
    }
  }

  void write_failure(const Overview::Failure& failure) {
    out_ += '\n' + failure.id + ' ' + number(failure.devices.size());
    if (failure.since != 0)
      out_ +=
          ", " + report::fill(report::kSince.in(language_), {report::minute_text(failure.since)});
    out_ += "\n  " + std::string(report::meaning_of(failure, language_));
    out_ += "\n  -> " + std::string(report::advice_of(failure, language_)) + '\n';
    write_devices(failure.devices);
  }

  void write_offline() {
    if (overview_.offline_devices.empty()) return;
    out_ += "\noffline " + number(overview_.offline_devices.size()) + '\n';
    write_devices(overview_.offline_devices);
  }

  void write_under_way() {
    if (overview_.under_way.empty()) return;
    out_ += '\n' + std::string(report::kUnderWay.in(language_)) + ' ' +
            number(overview_.under_way.size()) + '\n';
    write_devices(overview_.under_way, [this](const Device& device) { write_sent(device); });
  }

  void write_failed(const Device& device) {
    const std::int64_t since = report::on_record(device).failing_since;
    if (since != 0)
      out_ += ", " + report::fill(report::kSince.in(language_), {report::minute_text(since)});
    if (!report::error_of(device).empty()) out_ += ": " + escape(report::error_of(device));
  }

  void write_sent(const Device& device) {
    const UpdateRecord& update = *report::on_record(device).ota;
    out_ += ", " +
            report::fill(report::kSince.in(language_), {report::minute_text(update.sent_at)}) +
            ": " + escape(update.from) + " -> " + escape(update.to);
  }

  /// `write_what` adds what there is to say of a device.
  template <class Write>
  void write_devices(const std::vector<const Device*>& whom, const Write& write_what) {
    const std::size_t listed = std::min(whom.size(), kMostListed);
    std::for_each(whom.begin(), whom.begin() + static_cast<std::ptrdiff_t>(listed),
                  [&](const Device* device) {
                    write_who(*device);
                    write_what(*device);
                    out_ += '\n';
                  });
    if (listed == whom.size()) return;
    out_ += "  " + report::fill(report::kMore.in(language_), {number(whom.size() - listed)}) + '\n';
  }

  void write_devices(const std::vector<const Device*>& whom) {
    write_devices(whom, [this](const Device& device) { write_failed(device); });
  }

  void write_who(const Device& device) {
    out_ += "  " + escape(report::name_of(device));
    out_ += device.address_text.empty() ? " (" + escape(device.key) + ')'
                                        : " @ " + escape(device.address_text);
  }

  const Overview& overview_;
  Language language_;
  std::string out_;
};

}  // namespace

std::string to_text(const Overview& overview, Language language) {
  return TextWriter(overview, language).write();
}

}  // namespace stage3
