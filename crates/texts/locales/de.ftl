# Alles, was die Seiten sagen, auf Deutsch. Wie eine Übersetzung aufgebaut ist, steht in en.ftl.


## Die Sprache, und wie sie Zahlen und Tage schreibt

language-name = Deutsch
format-decimal = ,
format-group = .
format-date = DD.MM.YYYY


## Wörter mehrerer Seiten

extensions = { $count ->
    [one] { $count } Nebenstelle
   *[other] { $count } Nebenstellen
}


## Um jede Seite

skip = Zum Inhalt springen
sign-out = Abmelden
pages = Seiten
languages = Sprache

## Das Menü: wie die Seiten heißen

menu-now = Jetzt
menu-team = Team
menu-people = Personen
menu-report = Bericht
menu-staffing = Besetzung
menu-heatmap = Heatmap
menu-route = Weiterleiten
menu-meet = Treffen
menu-policies = Regelwerke
menu-changes = Änderungen
menu-proof = Nachweis
menu-health = Zustand
menu-access-log = Zugriffe
menu-accounts = Konten
menu-api = API


## Anstelle einer Seite

refused-no-page = Diese Seite gibt es nicht
refused-cannot = Das lässt sich nicht zeigen
refused-failed = Das ist fehlgeschlagen


## Konten

account = Konto
id = Id
people = Personen
last-sweep = Letzte Abfrage
accounts-choose = Wählen Sie ein Konto
accounts-caption = Konten dieses Speichers
accounts-none = Noch ist kein Konto aufgezeichnet.
accounts-count = { $count ->
    [one] Dieser Speicher enthält den Verlauf eines Kontos.
   *[other] Dieser Speicher enthält die Verläufe von { $count } Konten.
}


## Wie die Status heißen, nach ihren Namen in der Konfiguration

facet-presence_status = Status
facet-user_status = Gewählter Status
facet-telephony_status = Telefon
facet-dnd_status = Nicht stören
facet-meeting_status = Besprechung
facet-dnd_status_personal = Direkte Anrufe
facet-accept_call_queue_calls = Warteschlangen
facet-allow_see_my_presence = Für andere sichtbar
facet-caller_id_visibility = Rufnummernanzeige
facet-ring_on_monitored_call = Klingeln bei überwachtem Anruf
facet-pick_up_calls_on_hold = Gehaltene Anrufe annehmen
facet-cx_telephony_status = Contact Center
facet-aggregated_telephony_status = Telefon und Contact Center
facet-message = Mitteilung


## Wie die Werte von RingCentral heißen; einer ohne Zeile wird gezeigt, wie er ist

value-none = (keiner)
value-of-Available = Verfügbar
value-of-Busy = Beschäftigt
value-of-Offline = Offline
value-of-NoCall = Kein Anruf
value-of-CallConnected = Im Gespräch
value-of-Ringing = Es klingelt
value-of-OnHold = Gehalten
value-of-ParkedCall = Anruf geparkt
value-of-TakeAllCalls = Nimmt alle Anrufe an
value-of-DoNotAcceptAnyCalls = Nimmt keine Anrufe an
value-of-DoNotAcceptDepartmentCalls = Nimmt keine Warteschlangen-Anrufe an
value-of-TakeDepartmentCallsOnly = Nimmt nur Warteschlangen-Anrufe an
value-of-Unknown = Unknown
value-of-Connected = In einer Besprechung
value-of-Disconnected = In keiner Besprechung
value-of-All = Alle
value-of-None = Niemand
value-of-PermittedUsers = Berechtigte
value-of-true = ja
value-of-false = nein


## Gruppen

not-set = (nicht angegeben)
