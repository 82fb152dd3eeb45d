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
