#pragma once

/// What the rows of the error table have in common.
namespace stage3::result::words {

struct Words {
  const char* en;
  const char* de;
};

// --- What can become of any call

constexpr Words kBrokenOff{
    "The device had answered, and then the connection to it was lost: refused, broken off, closed "
    "too early, or no route any more.",
    "Das Gerät hatte geantwortet, dann ging die Verbindung verloren: abgelehnt, abgebrochen, zu "
    "früh geschlossen oder keine Route mehr."};
constexpr Words kTimeout{"The device took the call and did not answer in time.",
                         "Das Gerät hat den Aufruf angenommen und nicht rechtzeitig geantwortet."};
constexpr Words kUnusable{
    "The answer is not what was asked for: no HTTP, no JSON, something else in it, or far too "
    "large.",
    "Die Antwort ist nicht das, wonach gefragt wurde: kein HTTP, kein JSON, anderer Inhalt oder "
    "viel zu groß."};
constexpr Words kHangsUp{
    "The address answers the ping, but its web server ends each connection without an answer.",
    "Die Adresse antwortet auf Ping, aber ihr Webserver beendet jede Verbindung ohne Antwort."};
constexpr Words kNoShelly{
    "Something answers at this address, but not like a Shelly: with an HTTP error, with other "
    "content, or with far too much of it.",
    "Unter dieser Adresse antwortet etwas, aber nicht wie ein Shelly: mit einem HTTP-Fehler, "
    "anderem Inhalt oder viel zu viel davon."};
constexpr Words kTls{
    "No TLS handshake came about: the port for HTTPS answers something else, or breaks off.",
    "Es kam kein TLS-Handshake zustande: Der HTTPS-Port spricht etwas anderes oder bricht ab."};
constexpr Words kLocal{
    "This machine could not ask, which is not the device's fault: no local address or port, no "
    "permission, or no memory.",
    "Dieser Rechner konnte nicht fragen, und das liegt nicht am Gerät: keine eigene Adresse, kein "
    "freier Port, keine Erlaubnis oder kein Speicher."};
constexpr Words kUnknown{
    "The program that asks the device reports an error that stage 3 does not make itself.",
    "Das Programm, das die Geräte fragt, meldet einen Fehler, den Stage 3 selbst nicht kennt."};

// --- What to do about it

constexpr Words kSeeThisMachine{
    "Look at this machine: ip route get ADDRESS says whether it has an address of that kind. If it "
    "has one, look at the limits and rules of its service unit or container.",
    "Diesen Rechner ansehen: ip route get ADRESSE sagt, ob er eine passende eigene Adresse hat. "
    "Hat "
    "er eine, die Grenzen und Regeln seiner Service-Unit oder seines Containers prüfen."};
constexpr Words kSeeProgram{"Read the whole error: that program says what is wrong.",
                            "Den ganzen Fehlertext lesen: Jenes Programm sagt, was nicht stimmt."};
constexpr Words kWeakWlan{
    "Run again. If it stays, look at the device's WLAN signal and its power supply.",
    "Noch einmal laufen lassen. Bleibt es dabei, WLAN-Empfang und Stromversorgung des Geräts "
    "prüfen."};
constexpr Words kSeeInBrowser{
    "Look at the address in a browser. If it is no Shelly, correct ip of the entry; if it is one, "
    "restart it and run again.",
    "Die Adresse im Browser ansehen. Ist es kein Shelly, ip des Eintrags berichtigen; ist es "
    "einer, ihn neu starten und noch einmal laufen lassen."};
constexpr Words kSeePort{
    "Run again. If it stays, look at https://ADDRESS in a browser; if HTTPS has another port, "
    "write "
    "that into ip of the entry.",
    "Noch einmal laufen lassen. Bleibt es dabei, https://ADRESSE im Browser ansehen; hat HTTPS "
    "einen anderen Port, diesen in ip des Eintrags schreiben."};
constexpr Words kLoginAgain{
    "Run again in some minutes, the login is then made anew. If it stays, restart the device.",
    "In einigen Minuten noch einmal laufen lassen, dann wird neu angemeldet. Bleibt es dabei, das "
    "Gerät neu starten."};
constexpr Words kNameAgain{
    "Run again: it looks first whether the name was taken. If it stays, look at the device's WLAN "
    "signal.",
    "Noch einmal laufen lassen: Es wird zuerst nachgesehen, ob der Name schon übernommen ist. "
    "Bleibt es dabei, den WLAN-Empfang des Geräts prüfen."};
constexpr Words kNameByHand{
    "Run again. If it stays, open the device in a browser and set the name there by hand.",
    "Noch einmal laufen lassen. Bleibt es dabei, das Gerät im Browser öffnen und den Namen dort "
    "von "
    "Hand setzen."};
constexpr Words kOtaAgain{
    "Run again. If it stays, look at the device's WLAN signal, and whether it has a way to the "
    "internet.",
    "Noch einmal laufen lassen. Bleibt es dabei, prüfen, ob das Gerät guten WLAN-Empfang hat und "
    "ins Internet kommt."};

}  // namespace stage3::result::words
