// The texts stand in docs/operating.md and docs/de/errors.md, too: a test compares them.

#include "result/error_rows.hpp"

#include "result/error_words.hpp"

namespace stage3::result {
namespace {

using namespace words;  // NOLINT(google-build-using-namespace): one table, two files
using P = Part;
using C = Cause;

constexpr ErrorRow row(Part part, Cause cause, const char* id, std::string_view shortly,
                       const Words& meaning, const Words& advice) {
  return {part, cause, false, shortly, {id, {meaning.en, meaning.de}, {advice.en, advice.de}}};
}

/// All other causes, which only a caller's own transport can report.
constexpr ErrorRow rest(Part part, const char* id) {
  ErrorRow rest = row(part, Cause::local, id, "", kUnknown, kSeeProgram);
  rest.is_rest = true;
  return rest;
}

constexpr std::array<ErrorRow, kErrorRowCount> kRows{
    row(P::reach, C::refused, "reach.refused", "refused, ping ok",
        {"The address answers the ping, and refuses connections to its web server.",
         "Die Adresse antwortet auf Ping, lehnt aber Verbindungen zum Webserver ab."},
        {"Wait a minute and run again: it may be rebooting. If it stays, another kind of host has "
         "this address (correct ip), or HTTPS was switched off on the device (delete stage3.tls of "
         "its entry).",
         "Eine Minute warten und noch einmal laufen lassen: Vielleicht startet es gerade neu. "
         "Bleibt es dabei, hat etwas anderes diese Adresse (ip berichtigen), oder HTTPS wurde am "
         "Gerät abgeschaltet (stage3.tls seines Eintrags löschen)."}),
    row(P::reach, C::unreachable, "reach.unreachable", "no route, ping ok",
        {"The address answers the ping, but a route or firewall bars the way to its web server.",
         "Die Adresse antwortet auf Ping, aber eine Route oder Firewall versperrt den Weg zum "
         "Webserver."},
        {"Look at the firewalls between this machine and the device: they must let ports 80 and "
         "443 through.",
         "Die Firewalls zwischen diesem Rechner und dem Gerät prüfen: Sie müssen die Ports 80 und "
         "443 durchlassen."}),
    row(P::reach, C::reset, "reach.reset", "reset, ping ok", kHangsUp, kSeeInBrowser),
    row(P::reach, C::closed, "reach.closed", "closed, ping ok", kHangsUp, kSeeInBrowser),
    row(P::reach, C::timeout, "reach.timeout", "timeout, ping ok",
        {"The address answers the ping, but its web server says nothing in time.",
         "Die Adresse antwortet auf Ping, aber ihr Webserver antwortet nicht rechtzeitig."},
        {"If many devices show it, a firewall swallows ports 80 and 443. If it is one, restart it; "
         "where the text names the TLS handshake, raise timeouts.tls.",
         "Zeigen es viele Geräte, verschluckt eine Firewall die Ports 80 und 443. Ist es eines, "
         "dieses neu starten; nennt der Text den TLS-Handshake, timeouts.tls erhöhen."}),
    rest(P::reach, "reach.other"),

    row(P::identity, C::wrong_device, "identity.wrong_device", "",
        {"Another device answers at this address; nothing was sent to it.",
         "Unter dieser Adresse antwortet ein anderes Gerät; ihm wurde nichts geschickt."},
        {"DHCP has moved devices: correct ip of the entry. If it is the right device and only "
         "reports another MAC, add that to mac_aliases.",
         "DHCP hat Adressen neu verteilt: ip des Eintrags berichtigen. Ist es das richtige Gerät "
         "und meldet nur eine andere MAC, diese in mac_aliases eintragen."}),
    row(P::identity, C::unsupported, "identity.unsupported", "Gen1",
        {"It is a Shelly of the first generation, which is not supported.",
         "Es ist ein Shelly der ersten Generation; diese wird nicht unterstützt."},
        {"Remove the entry from the state file.", "Den Eintrag aus der Statusdatei nehmen."}),
    row(P::identity, C::tls_key, "identity.tls_key", "other TLS key",
        {"Whoever answers there has another TLS key than the device had; nothing was sent.",
         "Wer dort antwortet, hat einen anderen TLS-Schlüssel als das Gerät bisher; es wurde "
         "nichts "
         "geschickt."},
        {"If DHCP has moved devices, correct ip; if somebody has reset the device or changed its "
         "certificate, run stage3 --ip ADDRESS --accept-key, first with --dry-run, which shows the "
         "new key. If neither, somebody may be posing as it.",
         "Hat DHCP Adressen neu verteilt, ip berichtigen; wurde das Gerät zurückgesetzt oder sein "
         "Zertifikat getauscht, stage3 --ip ADRESSE --accept-key aufrufen, zuerst mit --dry-run, "
         "was den neuen Schlüssel zeigt. Trifft beides nicht zu, gibt sich vielleicht jemand für "
         "das Gerät aus."}),
    row(P::identity, C::tls_untrusted, "identity.tls_untrusted", "TLS untrusted",
        {"Its certificate is not signed by one in network.tls_ca, has expired, is not valid yet "
         "or has no readable dates; nothing was sent.",
         "Sein Zertifikat ist von keinem aus network.tls_ca unterschrieben, abgelaufen, noch nicht "
         "gültig oder ohne lesbare Datumsangaben; es wurde nichts geschickt."},
        {"Renew the certificate or have it signed, and check the clock of this machine. Without "
         "certificates of your own, take network.tls_ca out of the configuration.",
         "Das Zertifikat erneuern oder unterschreiben lassen und die Uhr dieses Rechners prüfen. "
         "Ohne eigene Zertifikate network.tls_ca aus der Konfiguration nehmen."}),
    row(P::identity, C::tls_only, "identity.tls_only", "HTTPS only",
        {"The device wants HTTPS, which network.tls or the http:// in its ip forbids.",
         "Das Gerät verlangt HTTPS, aber network.tls oder http:// in seiner ip verbietet es."},
        {"Set network.tls to auto, and take http:// out of ip of the entry.",
         "network.tls auf auto setzen und http:// aus ip des Eintrags nehmen."}),
    row(P::identity, C::tls_missing, "identity.tls_missing", "no TLS",
        {"network.tls is require, and the device has no HTTPS.",
         "network.tls ist require, und das Gerät bietet kein HTTPS an."},
        {"Set network.tls to auto, or give the device a certificate (firmware 2.0 or later).",
         "network.tls auf auto setzen oder dem Gerät ein Zertifikat geben (ab Firmware 2.0)."}),
    row(P::identity, C::redirected, "identity.redirected", "redirects",
        {"It sends whoever asks to another address; nobody went there.",
         "Es leitet jede Anfrage an eine andere Adresse um; dem wurde nicht gefolgt."},
        kSeeInBrowser),
    row(P::identity, C::refused, "identity.refused", "refused", kBrokenOff, kWeakWlan),
    row(P::identity, C::unreachable, "identity.unreachable", "no route", kBrokenOff, kWeakWlan),
    row(P::identity, C::reset, "identity.reset", "reset", kBrokenOff, kWeakWlan),
    row(P::identity, C::closed, "identity.closed", "closed", kBrokenOff, kWeakWlan),
    row(P::identity, C::timeout, "identity.timeout", "timeout",
        {"Something takes the call at this address and does not say in time who it is.",
         "Unter dieser Adresse nimmt etwas den Aufruf an und sagt nicht rechtzeitig, wer es ist."},
        {"Run again. If it stays, restart the device; where the text names the TLS handshake, "
         "raise timeouts.tls.",
         "Noch einmal laufen lassen. Bleibt es dabei, das Gerät neu starten; nennt der Text den "
         "TLS-Handshake, timeouts.tls erhöhen."}),
    row(P::identity, C::http, "identity.http", "", kNoShelly, kSeeInBrowser),
    row(P::identity, C::malformed, "identity.malformed", "no Shelly", kNoShelly, kSeeInBrowser),
    row(P::identity, C::too_large, "identity.too_large", "too large", kNoShelly, kSeeInBrowser),
    row(P::identity, C::rpc, "identity.rpc", "",
        {"The device refuses to say who it is; the number and the words are its own.",
         "Das Gerät weigert sich zu sagen, wer es ist; Nummer und Worte stammen von ihm."},
        kSeeInBrowser),
    row(P::identity, C::tls, "identity.tls", "TLS failed", kTls, kSeePort),
    row(P::identity, C::local, "identity.local", "not asked", kLocal, kSeeThisMachine),
    rest(P::identity, "identity.other"),

    row(P::auth, C::login_required, "auth.login_required", "login required",
        {"The device asks for a password, and none is known for it.",
         "Das Gerät verlangt ein Passwort, und für dieses Gerät ist keines bekannt."},
        {"Add its password to the file that auth.secrets_file names.",
         "Sein Passwort in die Datei eintragen, die auth.secrets_file nennt."}),
    row(P::auth, C::login_refused, "auth.login_refused", "refused",
        {"The device does not accept the password; it was sent once.",
         "Das Gerät nimmt das Passwort nicht an; es wurde einmal geschickt."},
        {"Correct the password in auth.secrets_file before the next run: devices lock logins out "
         "after some failures.",
         "Das Passwort in auth.secrets_file vor dem nächsten Lauf berichtigen: Nach einigen "
         "Fehlversuchen sperren Geräte die Anmeldung."}),
    row(P::auth, C::login_declined, "auth.login_declined", "no login sent",
        {"The device asked for the login in a way that no password may be answered to.",
         "Das Gerät verlangte die Anmeldung auf eine Art, auf die kein Passwort geschickt werden "
         "darf."},
        {"Look whether it is the device that it claims to be: open the address in a browser, "
         "without logging in.",
         "Prüfen, ob es das Gerät ist, für das es sich ausgibt: die Adresse im Browser öffnen, "
         "ohne "
         "sich anzumelden."}),
    row(P::auth, C::http, "auth.http", "",
        {"The device takes no login now; HTTP 429 means that there were too many of late.",
         "Das Gerät nimmt jetzt keine Anmeldung an; HTTP 429 heißt, dass es zuletzt zu viele "
         "waren."},
        {"Wait some minutes and run again. If it comes back, look which other program logs in to "
         "the device.",
         "Einige Minuten warten und noch einmal laufen lassen. Kommt es wieder, nachsehen, welches "
         "andere Programm sich am Gerät anmeldet."}),
    row(P::auth, C::rpc, "auth.rpc", "",
        {"The device answered the login with an error; the number and the words are its own.",
         "Das Gerät hat auf die Anmeldung mit einem Fehler geantwortet; Nummer und Worte stammen "
         "von ihm."},
        kLoginAgain),
    row(P::auth, C::refused, "auth.refused", "no connection", kBrokenOff, kLoginAgain),
    row(P::auth, C::unreachable, "auth.unreachable", "no route", kBrokenOff, kLoginAgain),
    row(P::auth, C::reset, "auth.reset", "reset", kBrokenOff, kLoginAgain),
    row(P::auth, C::closed, "auth.closed", "closed", kBrokenOff, kLoginAgain),
    row(P::auth, C::timeout, "auth.timeout", "timeout", kTimeout, kLoginAgain),
    row(P::auth, C::malformed, "auth.malformed", "unusable answer", kUnusable, kLoginAgain),
    row(P::auth, C::too_large, "auth.too_large", "too large", kUnusable, kLoginAgain),
    row(P::auth, C::tls, "auth.tls", "TLS failed", kTls, kLoginAgain),
    row(P::auth, C::local, "auth.local", "not asked", kLocal, kSeeThisMachine),
    rest(P::auth, "auth.other"),

    row(P::ota, C::not_installed, "ota.not_installed", "",
        {"An update has ended, and what it should bring does not run: the device discarded it "
         "(unchanged), runs another build (other), or reboots again and again (unstable).",
         "Eine Aktualisierung ist zu Ende, aber die neue Firmware läuft nicht: Das Gerät hat sie "
         "verworfen (unchanged), es läuft eine andere (other), oder es startet immer wieder neu "
         "(unstable)."},
        {"unchanged: nothing at first, it is tried again after ota.retry_after; weak WLAN is the "
         "usual cause. other, unstable: look at the device before it gets the next one, then "
         "--resume.",
         "unchanged: zunächst nichts, nach ota.retry_after wird es erneut versucht; meist ist das "
         "WLAN schwach. other, unstable: das Gerät ansehen, bevor es die nächste bekommt, danach "
         "--resume."}),
    row(P::ota, C::lost, "ota.lost", "lost",
        {"An update was sent to the device, and after ota.deadline it was not there: it has not "
         "been seen since, or it was, and has fallen silent again.",
         "Dem Gerät wurde eine Aktualisierung geschickt, und nach ota.deadline war es nicht da: "
         "Seither ist es nicht aufgetaucht, oder es war da und ist wieder verstummt."},
        {"Look whether it has power and is in the WLAN. The next run that sees it goes on from "
         "there.",
         "Prüfen, ob es Strom hat und im WLAN ist. Der nächste Lauf, der es sieht, macht dort "
         "weiter."}),
    row(P::ota, C::no_answer, "ota.no_answer", "no answer",
        {"The update was sent and not answered: it may have started.",
         "Die Aktualisierung wurde geschickt und nicht beantwortet: Vielleicht läuft sie."},
        {"Nothing: it is not sent again, and a later run sees how it ended.",
         "Nichts: Sie wird nicht noch einmal geschickt, und ein späterer Lauf sieht, wie sie "
         "ausging."}),
    row(P::ota, C::sent_already, "ota.sent_already", "sent already",
        {"This run has sent the update to the device before: it is in the run twice, or came back "
         "while it was installing.",
         "Dieser Lauf hat dem Gerät die Aktualisierung schon geschickt: Es kommt zweimal vor oder "
         "meldete sich während der Installation wieder."},
        {"Nothing. If it comes back, look with --check-state for two entries of one device.",
         "Nichts. Kommt es wieder, mit --check-state nach zwei Einträgen für ein Gerät suchen."}),
    row(P::ota, C::rpc, "ota.rpc", "",
        {"The device could not look for updates, or turned one away; the number and the words are "
         "its own.",
         "Das Gerät konnte nicht nach Aktualisierungen suchen oder hat eine abgelehnt; Nummer und "
         "Worte stammen von ihm."},
        {"-109 (a restart or update is pending, or its battery is low): the next run tries again; "
         "night after night: restart it. -114: look whether the device has a way to the internet.",
         "-109 (Neustart oder Aktualisierung steht an, oder die Batterie ist schwach): Der nächste "
         "Lauf versucht es wieder; bleibt es dabei, neu starten. -114: prüfen, ob das Gerät ins "
         "Internet kommt."}),
    row(P::ota, C::http, "ota.http", "",
        {"The device answered an HTTP error when it was asked for updates, or told to update.",
         "Das Gerät hat auf die Frage nach Aktualisierungen oder auf den Auftrag dazu mit einem "
         "HTTP-Fehler geantwortet."},
        kOtaAgain),
    row(P::ota, C::timeout, "ota.timeout", "timeout",
        {"The device did not say in time which updates there are: it waits for the vendor's "
         "server.",
         "Das Gerät hat nicht rechtzeitig gesagt, welche Aktualisierungen es gibt: Es wartet auf "
         "den Server des Herstellers."},
        {"Look whether the device has a way to the internet (gateway, DNS, firewall). If it has, "
         "raise ota.timeout.",
         "Prüfen, ob das Gerät ins Internet kommt (Gateway, DNS, Firewall). Wenn ja, ota.timeout "
         "erhöhen."}),
    row(P::ota, C::malformed, "ota.malformed", "unusable offer",
        {"What the device offers cannot be read, or cannot be compared with what it runs.",
         "Was das Gerät anbietet, ist nicht lesbar oder nicht mit dem vergleichbar, was darauf "
         "läuft."},
        {"Update this device by hand if you must. If it comes back afterwards, report the whole "
         "error to the vendor.",
         "Dieses Gerät bei Bedarf von Hand aktualisieren. Kommt es danach wieder, dem Hersteller "
         "den ganzen Fehlertext melden."}),
    row(P::ota, C::refused, "ota.refused", "refused", kBrokenOff, kOtaAgain),
    row(P::ota, C::unreachable, "ota.unreachable", "no route", kBrokenOff, kOtaAgain),
    row(P::ota, C::reset, "ota.reset", "reset", kBrokenOff, kOtaAgain),
    row(P::ota, C::closed, "ota.closed", "closed", kBrokenOff, kOtaAgain),
    row(P::ota, C::too_large, "ota.too_large", "too large", kUnusable, kOtaAgain),
    row(P::ota, C::tls, "ota.tls", "TLS failed", kTls, kSeePort),
    row(P::ota, C::local, "ota.local", "not asked", kLocal, kSeeThisMachine),
    rest(P::ota, "ota.other"),

    row(P::friendly, C::rpc, "friendly.rpc", "",
        {"The device does not take the name; the number and the words are its own.",
         "Das Gerät nimmt den Namen nicht an; Nummer und Worte stammen von ihm."},
        {"-103: shorten the name in the entry, or leave out unusual characters. Other numbers: run "
         "again, and restart the device if it stays.",
         "-103: den Namen im Eintrag kürzen oder ungewöhnliche Zeichen weglassen. Andere Nummern: "
         "noch einmal laufen lassen und das Gerät neu starten, wenn es dabei bleibt."}),
    row(P::friendly, C::name_mismatch, "friendly.name_mismatch", "not kept",
        {"The device answered that it took the name, and kept another one.",
         "Das Gerät hat den Namen bestätigt und trotzdem einen anderen behalten."},
        {"Compare both names: its firmware cuts or changes some. Write the name into the entry as "
         "the device keeps it.",
         "Beide Namen vergleichen: Die Firmware kürzt oder ändert manche. Den Namen so in den "
         "Eintrag schreiben, wie das Gerät ihn behält."}),
    row(P::friendly, C::name_unknown, "friendly.name_unknown", "name unknown",
        {"The name on the device cannot be read, and with friendly.backfill an unknown name is "
         "never overwritten.",
         "Der Name auf dem Gerät ist nicht lesbar, und mit friendly.backfill wird ein unbekannter "
         "Name nie überschrieben."},
        kNameByHand),
    row(P::friendly, C::bad_value, "friendly.bad_value", "not a string",
        {"The name in the entry is not a string.", "Der Name im Eintrag ist kein Text."},
        {"Put the name in the state file between quotes.",
         "Den Namen in der Statusdatei in Anführungszeichen setzen."}),
    row(P::friendly, C::http, "friendly.http", "",
        {"The device answered an HTTP error when the name was written.",
         "Das Gerät hat auf das Schreiben des Namens mit einem HTTP-Fehler geantwortet."},
        kNameByHand),
    row(P::friendly, C::refused, "friendly.refused", "refused", kBrokenOff, kNameAgain),
    row(P::friendly, C::unreachable, "friendly.unreachable", "no route", kBrokenOff, kNameAgain),
    row(P::friendly, C::reset, "friendly.reset", "reset", kBrokenOff, kNameAgain),
    row(P::friendly, C::closed, "friendly.closed", "closed", kBrokenOff, kNameAgain),
    row(P::friendly, C::timeout, "friendly.timeout", "timeout", kTimeout, kNameAgain),
    row(P::friendly, C::malformed, "friendly.malformed", "odd answer", kUnusable, kNameByHand),
    row(P::friendly, C::too_large, "friendly.too_large", "too large", kUnusable, kNameByHand),
    row(P::friendly, C::tls, "friendly.tls", "TLS failed", kTls, kSeePort),
    row(P::friendly, C::local, "friendly.local", "not asked", kLocal, kSeeThisMachine),
    rest(P::friendly, "friendly.other"),

    row(P::entry, C::bad_value, "entry.bad_value", "unusable",
        {"This entry of the state file cannot be used; the device was not asked.",
         "Dieser Eintrag der Statusdatei ist nicht brauchbar; das Gerät wurde nicht gefragt."},
        {"stage3 --check-state names line and column. Where entry, configuration and key on record "
         "contradict each other, the whole error says what to delete.",
         "stage3 --check-state nennt Zeile und Spalte. Widersprechen sich Eintrag, Konfiguration "
         "und gespeicherter Schlüssel, sagt der ganze Fehlertext, was zu löschen ist."}),
    row(P::entry, C::local, "entry.local", "out of order",
        {"The program that asks the devices drove the conversation out of order.",
         "Das Programm, das die Geräte fragt, hat die Schritte des Gesprächs vertauscht."},
        {"This is a fault of that program: report it to whoever wrote it.",
         "Das ist ein Fehler jenes Programms: wer es geschrieben hat, sollte davon erfahren."}),
    rest(P::entry, "entry.other"),
};

static_assert(kRows.back().info.id != nullptr, "kErrorRowCount is too large");

}  // namespace

const std::array<ErrorRow, kErrorRowCount>& error_rows() noexcept {
  return kRows;
}

}  // namespace stage3::result
