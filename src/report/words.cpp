#include "report/words.hpp"

#include <array>

#include <stage3/error_info.hpp>
#include <stage3/text.hpp>

namespace stage3::report {

std::string devices_text(std::size_t devices, Language language) {
  if (devices == 1) return std::string(kOneDevice.in(language));
  return fill(kDevicesOf.in(language), {number_text(devices, language)});
}

std::string fill(std::string_view text, std::initializer_list<std::string> values) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{') {
      out += text[i];
      continue;
    }
    out += *(values.begin() + (text[i + 1] - '0'));
    i += 2;
  }
  return out;
}

std::string number_text(std::size_t number, Language language) {
  std::string text = std::to_string(number);
  for (std::size_t end = text.size(); end > 3; end -= 3)
    text.insert(end - 3, language == Language::de ? "." : ",");
  return text;
}

std::string minute_text(std::int64_t utc) {
  const std::string text = to_utc(utc);
  return text.substr(0, 10) + ' ' + text.substr(11, 5) + " UTC";
}

std::string age_text(std::int64_t seconds, Language language) {
  std::string text = in_words(seconds);
  const std::size_t unit = text.find(' ') + 1;
  if (text.substr(unit) == kDays.en) text.replace(unit, std::string::npos, kDays.in(language));
  return text;
}

std::string verdict(const Overview& overview, Language language) {
  const std::size_t total = overview.devices->size();
  const auto number = [language](std::size_t n) { return number_text(n, language); };
  if (total == 0) return std::string(kNoDevice.in(language));
  const bool is_one = total == 1;
  if (overview.unknown == total)
    return fill((is_one ? kOneNeverRun : kNeverRun).in(language), {number(total)});
  std::string text =
      overview.failed == 0
          ? fill((is_one ? kOneNotFailed : kNoneFailed).in(language), {number(total)})
          : fill(kSomeFailed.in(language), {number(overview.failed), number(total)});
  std::string_view between = "; ";
  const auto also = [&](const Text& what, std::size_t count) {
    if (count == 0) return;
    text += between;
    text += fill(what.in(language), {number(count)});
    between = ", ";
  };
  also(kAlsoOffline, overview.offline);
  also(kAlsoUnknown, overview.unknown);
  also(kAlsoUpdates, overview.updates);
  if (overview.updates_found_earlier != 0)
    text += fill(kFoundEarlier.in(language), {number(overview.updates_found_earlier)});
  return text + '.';
}

std::string last_run_text(const Overview& overview, Language language) {
  if (overview.last_run == 0) return {};
  const std::string when = minute_text(overview.last_run);
  if (overview.last_run > overview.now) return fill(kLastRunAhead.in(language), {when});
  return fill(kLastRun.in(language), {when, age_text(overview.now - overview.last_run, language)});
}

const Text& title_of(Overview::ChangeKind kind) {
  static constexpr std::array kTitles{kFailedNow,   kOfflineNow, kRecovered, kFirmwareChanged,
                                      kNameChanged, kOffered,    kAdded,     kRemoved};
  return kTitles.at(static_cast<std::size_t>(kind));
}

std::string_view meaning_of(const Overview::Failure& failure, Language language) {
  const ErrorInfo* const info = find_error_info(failure.id);
  return info != nullptr ? info->meaning[static_cast<int>(language)] : kUnknownCause.in(language);
}

std::string_view advice_of(const Overview::Failure& failure, Language language) {
  const ErrorInfo* const info = find_error_info(failure.id);
  return info != nullptr ? info->advice[static_cast<int>(language)] : kRunAgain.in(language);
}

}  // namespace stage3::report
