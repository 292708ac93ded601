#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stage3/device.hpp>
#include <stage3/result.hpp>

namespace stage3 {

/// Which devices, by what is known of them without asking: their entries and what is on record.
class Selection {
 public:
  /// What failed or went offline last time, as a term of parse().
  static constexpr const char* kRetry = "status=failed,offline";

  /// All devices.
  Selection() = default;

  /// Terms `KEY=GLOB[,GLOB...]`: a device is selected if every term holds for it, and one holds if
  /// any of its globs fits. Globs as a shell has them, over the whole text, case counts; a
  /// backslash takes its meaning from what follows, the comma too. The keys:
  ///
  /// - `status`: what last_outcome() says, or `new` for none; `ota`, `friendly`: the status words,
  ///   those on record (`update_available`, not the `updateable` of the command's lines);
  /// - `app`, `fw`: as on record; `model`: of the entry, else the app;
  /// - `name`: the wanted name, as spelled or as a device would get it, or the name on record;
  /// - `ip`: no glob, but an address (one without a port stands for all its ports), a range
  ///   `a-b` or `a.b.c.d-e`, or a network `a/bits`;
  /// - `mac`: in any spelling, aliases too; `site`: the member `site` of the entry.
  ///
  /// Throws Error(Errc::invalid_argument), telling what was probably meant: for an unknown key, for
  /// what is no pattern or address, and for one that fits none of a key's words.
  static Selection parse(const std::vector<std::string>& terms);

  bool is_all() const noexcept { return terms_ == nullptr; }

  bool has(const Device& device) const;

  /// Those of `devices` that it has, in their order.
  std::vector<Device> of(const std::vector<Device>& devices) const;

  /// The terms, joined by ", "; empty for all devices.
  std::string text() const;

 private:
  struct Term;

  std::shared_ptr<const std::vector<Term>> terms_;
};

/// Those of `devices` at one of `addresses` (empty: anywhere), as at_addresses(), that the
/// selection has. Throws what at_addresses() throws, and Error(Errc::invalid_argument) for a
/// selection that has none of them, unless it is one of all devices.
std::vector<Device> select(const std::vector<Device>& devices,
                           const std::vector<std::string>& addresses, const Selection& selection);

/// What became of a device in the last run that was done with it, as far as it is on record: an
/// entry that cannot be used has failed. None: no run has been done with it.
std::optional<Outcome> last_outcome(const Device& device);

/// Whether a result says something new: a status that differs from the one on record, a name that
/// was written (or would be), an update that was sent or has ended. So does one of an entry that
/// cannot be used, since nothing of it is ever on record. Not so one that was cancelled.
bool has_news(const DeviceResult& result);

}  // namespace stage3
