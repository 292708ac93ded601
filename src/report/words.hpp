#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stage3/report.hpp>

namespace stage3::report {

/// One text in every Language.
struct Text {
  const char* en;
  const char* de;

  std::string_view in(Language language) const { return language == Language::de ? de : en; }
};

// The page, by the order in which it is read. {0}, {1}, ... are put in.
inline constexpr Text kTitle{"Shelly fleet", "Shelly-Flotte"};
inline constexpr Text kNoDevice{"The state file holds no device.",
                                "Die Statusdatei enthält kein Gerät."};
inline constexpr Text kNeverRun{"No run has recorded anything of these {0} devices yet.",
                                "Von diesen {0} Geräten hat noch kein Lauf etwas festgehalten."};
inline constexpr Text kOneNeverRun{"No run has recorded anything of this device yet.",
                                   "Von diesem Gerät hat noch kein Lauf etwas festgehalten."};
inline constexpr Text kSomeFailed{"{0} of {1} devices failed", "Fehler bei {0} von {1} Geräten"};
inline constexpr Text kNoneFailed{"None of {0} devices failed", "Kein Fehler bei {0} Geräten"};
inline constexpr Text kOneNotFailed{"The device did not fail", "Kein Fehler bei diesem Gerät"};
inline constexpr Text kAlsoOffline{"{0} offline", "{0} offline"};
inline constexpr Text kAlsoUnknown{"{0} without a result", "{0} ohne Ergebnis"};
inline constexpr Text kAlsoUpdates{"{0} with an update on offer", "{0} mit angebotenem Update"};
inline constexpr Text kFoundEarlier{" ({0} of them found by an earlier run)",
                                    " ({0} davon in einem früheren Lauf gefunden)"};
inline constexpr Text kLastRun{"Last run {0}, {1} ago", "Letzter Lauf {0}, vor {1}"};
inline constexpr Text kLastRunAt{"Last run {0}", "Letzter Lauf {0}"};
inline constexpr Text kLastRunAhead{"Last run {0}, by a clock that was ahead of this one",
                                    "Letzter Lauf {0}, nach einer Uhr, die dieser voraus war"};
inline constexpr Text kMade{"Made {0}", "Erstellt {0}"};
inline constexpr Text kDays{"days", "Tagen"};

inline constexpr Text kChanges{"Changes since the last run", "Änderungen seit dem letzten Lauf"};
inline constexpr Text kNoChange{"Nothing has changed.", "Nichts hat sich geändert."};
inline constexpr Text kNoEarlier{"There is no earlier state to compare with.",
                                 "Es gibt keinen früheren Stand zum Vergleichen."};
inline constexpr Text kFailedNow{"Failed, and had not before", "Neue Fehler"};
inline constexpr Text kOfflineNow{"Went offline", "Neu offline"};
inline constexpr Text kRecovered{"Well again", "Wieder in Ordnung"};
inline constexpr Text kFirmwareChanged{"Runs another firmware", "Andere Firmware"};
inline constexpr Text kNameChanged{"Has another name", "Anderer Name"};
inline constexpr Text kOffered{"New update on offer", "Neues Update angeboten"};
inline constexpr Text kAdded{"New in the file", "Neu in der Datei"};
inline constexpr Text kRemoved{"Gone from the file", "Nicht mehr in der Datei"};
inline constexpr Text kMore{"and {0} more", "und {0} weitere"};

inline constexpr Text kFailures{"Failures", "Fehler"};
inline constexpr Text kNoFailure{"No device has failed.", "Kein Gerät hat einen Fehler."};
inline constexpr Text kOfflineDevices{"Offline", "Offline"};
inline constexpr Text kSince{"since {0}", "seit {0}"};
inline constexpr Text kWhatToDo{"What to do", "Was tun"};
inline constexpr Text kUnknownCause{"The file does not say what kind of error this is.",
                                    "Die Datei sagt nicht, was für ein Fehler es ist."};
inline constexpr Text kRunAgain{"Run again: then it will.",
                                "Noch einmal laufen lassen: Dann schon."};

inline constexpr Text kFirmware{"Firmware by app", "Firmware nach App"};
inline constexpr Text kUnknownApp{"never seen", "nie gesehen"};
inline constexpr Text kUnknownVersion{"unknown", "unbekannt"};
inline constexpr Text kOthers{"others", "andere"};
inline constexpr Text kDevicesOf{"{0} devices", "{0} Geräte"};
inline constexpr Text kOneDevice{"1 device", "1 Gerät"};
inline constexpr Text kUpdates{"Updates", "Updates"};
inline constexpr Text kUnderWay{"Sent, and its end not seen yet",
                                "Gesendet, das Ende noch nicht gesehen"};

inline constexpr Text kDevices{"Devices", "Geräte"};
inline constexpr Text kNeedsScript{"The table of all devices needs JavaScript.",
                                   "Die Tabelle aller Geräte braucht JavaScript."};
inline constexpr Text kSearch{"Search", "Suche"};
inline constexpr Text kSearchHow{
    "All words must occur; \"two words\" in quotes are looked for as they stand.",
    "Alle Wörter müssen vorkommen; \"zwei Wörter\" in Anführungszeichen gelten, wie sie dastehen."};
inline constexpr Text kName{"Name", "Name"};
inline constexpr Text kAddress{"Address", "Adresse"};
inline constexpr Text kApp{"App", "App"};
inline constexpr Text kVersion{"Firmware", "Firmware"};
inline constexpr Text kStatus{"Status", "Status"};
inline constexpr Text kError{"Error", "Fehler"};
inline constexpr Text kLastSeen{"Last seen", "Zuletzt gesehen"};
inline constexpr Text kSort{"Sort by", "Sortieren nach"};
inline constexpr Text kFileOrder{"order of the file", "Reihenfolge der Datei"};
inline constexpr Text kDescending{"descending", "absteigend"};
inline constexpr Text kAll{"all", "alle"};
inline constexpr Text kOk{"ok", "ok"};
inline constexpr Text kFailed{"failed", "fehlgeschlagen"};
inline constexpr Text kOffline{"offline", "offline"};
inline constexpr Text kUnknown{"no result", "kein Ergebnis"};
inline constexpr Text kUpdateAvailable{"update on offer", "Update angeboten"};
inline constexpr Text kUpdateSent{"update sent", "Update gesendet"};
inline constexpr Text kChanged{"changed", "geändert"};
inline constexpr Text kNoMatch{"No device fits.", "Kein Gerät passt."};
inline constexpr Text kShown{"{0} of {1} devices", "{0} von {1} Geräten"};
inline constexpr Text kReset{"Show all", "Alle zeigen"};
inline constexpr Text kRemoveFilter{"Remove the filter {0}", "Filter {0} entfernen"};
inline constexpr Text kPrintedPart{"Only the first {0} are printed.",
                                   "Nur die ersten {0} werden gedruckt."};

/// `text` with `values` in the places of {0}, {1}, ...
std::string fill(std::string_view text, std::initializer_list<std::string> values);

/// `3 devices`.
std::string devices_text(std::size_t devices, Language language);

/// A number with its thousands set apart, as people of that language write it.
std::string number_text(std::size_t number, Language language);

/// "2026-11-23 14:31 UTC".
std::string minute_text(std::int64_t utc);

/// in_words(), in the case that follows "vor".
std::string age_text(std::int64_t seconds, Language language);

/// Everything in one sentence, without a full stop where something may follow.
std::string verdict(const Overview& overview, Language language);

/// When the last run was; empty: there was none.
std::string last_run_text(const Overview& overview, Language language);

/// The heading of changes of a kind.
const Text& title_of(Overview::ChangeKind kind);

/// What is said of a kind of failure, and what to do about it.
std::string_view meaning_of(const Overview::Failure& failure, Language language);
std::string_view advice_of(const Overview::Failure& failure, Language language);

}  // namespace stage3::report
