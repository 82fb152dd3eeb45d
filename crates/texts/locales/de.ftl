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


## Wörter von Formularen und Tabellen

department = Abteilung
site = Standort
queue = Warteschlange
status = Status
name-or-number = Name oder Nummer
from = Von
to = Bis
for = Dauer
as-known-at = Wissensstand
unknown-no-data = unbekannt: keine Daten
so-far-still-to-come = { $length } des Zeitraums stehen noch bevor und zählen nirgends


## Wochentage, Monate und Daten

weekday-1 = Montag
weekday-2 = Dienstag
weekday-3 = Mittwoch
weekday-4 = Donnerstag
weekday-5 = Freitag
weekday-6 = Samstag
weekday-7 = Sonntag
weekday-short-1 = Mo
weekday-short-2 = Di
weekday-short-3 = Mi
weekday-short-4 = Do
weekday-short-5 = Fr
weekday-short-6 = Sa
weekday-short-7 = So
month-1 = Januar
month-2 = Februar
month-3 = März
month-4 = April
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = August
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Dezember
month-short-1 = Jan.
month-short-2 = Feb.
month-short-3 = März
month-short-4 = Apr.
month-short-5 = Mai
month-short-6 = Juni
month-short-7 = Juli
month-short-8 = Aug.
month-short-9 = Sept.
month-short-10 = Okt.
month-short-11 = Nov.
month-short-12 = Dez.
# 4. November 2026
long-date = { $day }. { $month } { $year }
# Mi 4. Nov.
short-date = { $weekday } { $day }. { $month }
# Wie weit ein Zeitpunkt von jetzt entfernt ist; die Dauer ist zum Beispiel 3m.
time-ago = vor { $length }
time-after-now = { $length } nach jetzt


## Zeiträume

period-unit-day = Tag
period-unit-week = Woche
period-unit-month = Monat
period-unit-quarter = Quartal
# Mittwoch, 4. November 2026
period-day = { $weekday }, { $date }
# Eine Woche in einem Monat, in einem Jahr und in zwei Jahren; "to" ist ein ganzes Datum.
period-week-in-month = Woche { $week }, { $day }. bis { $to }
period-week-in-year = Woche { $week }, { $day }. { $month } bis { $to }
period-week = Woche { $week }, { $from } bis { $to }
period-month = { $month } { $year }
period-quarter = { $quarter }. Quartal { $year }
period-from-to = { $from } bis { $to }
# Wie lang ein Tag ist, wenn nicht 24 Stunden.
period-hours = ({ $hours } Stunden)
period-half-hours = ({ $hours }½ Stunden)
preset-today = Heute
preset-yesterday = Gestern
preset-7-days = Letzte 7 Tage
preset-this-week = Diese Woche
preset-last-week = Letzte Woche
preset-28-days = Letzte 28 Tage
preset-this-month = Dieser Monat
preset-last-month = Letzter Monat


## Formulare, und die Leiste am Anfang einer Seite

form-all = alle
form-no-calendar = keiner
form-own-calendars = der eigene jeder Nebenstelle
form-calendar = Kalender
form-policy = Regelwerk
form-no-policy = keines: der Status selbst
form-usual-policy = das übliche
bar-time = Zeit
bar-earlier = ← Früher
bar-later = Später →
bar-closer = Vergrößern
bar-farther = Verkleinern
bar-go-to = Gehe zu
bar-go = Los
bar-shown = Was gezeigt wird
bar-zone = Zeitzone
bar-show = Anzeigen
bar-counted = Gezählt
bar-hours = Zeiten, die zählen
bar-required = Benötigte Personen
# Was in ein Feld geschrieben werden kann: ein Datum oder -7d.
bar-from-example = 2026-11-02 oder -7d
script-bar-show-in-zone = In { $zone } zeigen
script-bar-now = jetzt


## Wörter von Tabellen

never = nie
unknown = unbekannt
absent = abwesend
who = Wer
hour = Stunde
number = Nummer
name = Name
pseudonym = Pseudonym
rows = Zeilen
order = Reihenfolge
totals = Summen
legend = Legende
nobody-chosen = Hier ist niemand ausgewählt: Wählen Sie ein anderes Team, oder leeren Sie die Felder oben.
sweeps = { $count ->
    [one] { $count } Abfrage
   *[other] { $count } Abfragen
}
hours-all-count = alle Zeiten zählen
hours-that-count = Zeiten: { $hours }
grid-hidden = { $count ->
    [one] Eine weitere Zeile ist hier nicht zu sehen; beim Herunterladen sind es alle.
   *[other] { $count } weitere Zeilen sind hier nicht zu sehen; beim Herunterladen sind es alle.
}
download-excel = CSV für Excel
download-svg-of-page = SVG dieser Seite


## Bilder der Zeit

axis-date = { $day }.{ $month }.
picture-time-in = Zeit in { $zone }
picture-help = Zeigen Sie auf eine Zeile, oder gehen Sie mit Tab zu den Zeilen und mit den Pfeiltasten an ihnen entlang, um zu sehen, was wann galt. Ein Klick oder die Eingabetaste zeigt, warum das bekannt ist, bei einer Schattierung deren Tag; E listet die Änderungen auf; Ziehen oder + zeigt einen kürzeren Zeitraum, - einen längeren.
legend-more = und { $count } weitere: Zeigen Sie auf einen Balken, um zu sehen, welche
legend-notch = Kerbe am oberen Rand: etwas, das zu kurz ist, um hier gezeichnet zu werden
legend-lighter = heller: irgendwo hier gab es eine Änderung, oder der Wert ist seit der letzten Abfrage vermutet
legend-shaded = schattiert: außerhalb der Geschäftszeiten
legend-band-sure = Band: so viele sicher
legend-band-known = gleichzeitig gesehen
legend-band-possible = möglich, mit allen, deren Stand unbekannt ist
legend-band-short-certain = weniger als benötigt
legend-band-short-possible = vielleicht weniger als benötigt
legend-band-short-unknown = nicht bekannt, ob weniger als benötigt
# Das Band, wie viele gleichzeitig einen Wert hatten: "Verfügbar zusammen", "0 bis 7".
together-heading = { $value } zusammen
together-scale = 0 bis { $most }
together-label = { $value }: von 0 bis { $most } gleichzeitig
together-now = { $value } jetzt: { $count }
together-now-at-most = { $value } jetzt: { $count }, höchstens { $possible }
# Verfügbar 41 % der Zeit (40–43 %); 2 % nicht bekannt
share-all-known = { $value } { $part } der Zeit ({ $bounds } %); alles davon ist bekannt
share-part-known = { $value } { $part } der Zeit ({ $bounds } %); { $unknown } nicht bekannt
short-never = Nie weniger als benötigt, soweit bekannt
short-perhaps = Vielleicht weniger als benötigt, höchstens { $most } lang
short-certain = Weniger als benötigt: { $length } lang
short-between = Weniger als benötigt: mindestens { $least }, höchstens { $most } lang
# Eines der vier darüber, und was nicht bekannt ist.
short-unknown = { $told }; nicht bekannt für { $unknown }.
no-time-counts = keine Zeit, die zählt
days-summary = { $value } { $part }, { $unknown } nicht bekannt
days-not = nicht { $value }
days-up-to = { $value } bis zu { $part } des Tages
shares = Anteile
shares-legend = Legende der Anteile
shares-least-to-most = { $value }: mindestens bis höchstens


## Tage, Wochen, Monate und andere Zeiträume

span-told = { $extensions } nach { $criterion }; Zeiten in { $zone }.
span-everyone = Alle
span-no-time = noch ist keine Zeit vergangen, die zählt
span-unseen = Keine Daten für { $length } dieser Zeit (schraffiert): Was dann geschah, ist unbekannt.
span-caption = Wer wann in welchem Zustand war, nach { $criterion }
span-days-caption = Für welchen Teil jedes Tages wer den Wert { $value } hatte
span-totals-caption = Wie lange jeder Wert galt, mit seinen Grenzen; { $hours }
span-totals-of-page = Wie lange jeder Wert galt, mit seinen Grenzen; { $hours }; die Zeilen sind von den Personen auf dieser Seite, die Summe ist von allen { $count }
span-more = Andere Zeit, Reihenfolge und Zeilen
span-any-time = Andere Zeit
span-drawn = Gezeichnet als
span-drawn-as-fits = wie es zum Zeitraum passt
span-drawn-bars = Balken
span-drawn-days = eine Schattierung pro Tag
span-rows-comfortable = bequem
span-rows-compact = kompakt
span-rows-dense = dicht
span-order-team = Team, Nummer
span-order-name = Name
span-order-share = größter Anteil zuerst
span-order-first = zuerst darin gesehen


## Was ein Bild der Zeit über die Stelle sagt, auf die gezeigt wird

script-timeline-no-time = keine Zeit, die zählt
script-timeline-day = { $value } { $part } % des Tages
script-timeline-day-bounds = { $value } { $part } % des Tages ({ $least }–{ $most } %)
# Eines der beiden darüber, und was nicht bekannt ist.
script-timeline-day-gap = { $told }, { $unknown } % nicht bekannt
script-timeline-absent = abwesend: zu dieser Zeit nicht da
script-timeline-not-yet = noch nicht
script-timeline-unknown = unbekannt: keine Daten
script-timeline-weekday-0 = So
script-timeline-weekday-1 = Mo
script-timeline-weekday-2 = Di
script-timeline-weekday-3 = Mi
script-timeline-weekday-4 = Do
script-timeline-weekday-5 = Fr
script-timeline-weekday-6 = Sa
script-timeline-date = { $weekday } { $day }.{ $month }.{ $year }
script-timeline-from-to = { $from } bis { $to }
script-timeline-began-between = es begann zwischen { $from } und { $to }
script-timeline-presumed = seit der letzten Abfrage vermutet
script-timeline-show-or-hide = Ein- oder ausblenden
script-timeline-nothing-counts = { $time }: hier zählt nichts
script-timeline-together = { $value }: { $count } zusammen, { $range }
script-timeline-together-bounds = { $value }: { $count } zusammen (mindestens { $sure }, höchstens { $possible }), { $range }
script-timeline-show-details = Näher zeigen: { $range }
script-timeline-tap-again = { $told }. Tippen Sie noch einmal, um zu sehen, warum.


## Bericht, Besetzung und Heatmap

question-more = Zeilen, Spalten und mehr
question-types = Arten von Nebenstellen
question-by-extension = nach Nebenstelle
question-by-department = nach Abteilung
question-by-site = nach Standort
question-by-queue = nach Warteschlange
question-groups-of-today = heutige Gruppen
question-step = Schritt
question-by-time = Nach Zeit
question-all-in-one = alles in einem
question-by-hour = Stunde
question-by-day = Tag
question-by-week = Woche
question-by-month = Monat
question-whole-account = das ganze Konto
question-others = Mehr
question-value = Wert dieser Zahlen
question-compare-to = Vergleichen mit
question-min-evidence = Mindestens bekannt
question-min-group = Mindestgröße der Gruppe
metric-scheduled = eingeplant
metric-known = bekannt
metric-evidence = bekannter Anteil
metric-first = zuerst
metric-last = zuletzt
metric-episodes = Episoden
metric-adherence = Einhaltung
metric-conformance = Erfüllung
metric-polling = erwartete Änderungen
answer-picture = { $told }; die Zahlen stehen in den Tabellen darunter
answer-own-zones = jeder Nebenstelle selbst
answer-all-hours = alle
answer-footer = Zeiten: { $hours }. Tage und Stunden nach den Uhren von: { $zone } (Zonendaten { $zone_data }). Stand: Position { $position }, Momentaufnahme { $snapshot }, beobachtet bis { $until }.
report-caption = Wie lange jeder Wert galt: die Schätzung, ihr Teil der eingeplanten Zeit, und ihre Grenzen
report-much-unknown = { $part } der Zeit sind unbekannt, weil es keine Daten gibt
column-unknown = Unbekannt
column-absent = Abwesend
column-planned = Geplant
column-changes = Änderungen
column-others = { $count ->
    [one] { $figure } anderer
   *[other] { $figure } andere
}
column-scheduled = Eingeplant
column-known = Bekannt
column-evidence = Bekannter Anteil
# Der Wert folgt: Zuerst Available
column-first = Zuerst
column-last = Zuletzt
column-episodes = Episoden
column-adherence = Einhaltung
column-conformance = Erfüllung
column-polling = Erwartete Änderungen
row-total = Summe
row-account = Konto
report-cannot-be-told = nicht bestimmbar
report-withheld-evidence = zurückgehalten: bekannt sind { $part }
report-withheld-group = zurückgehalten: zu wenige Personen
report-episodes-cut = { $count } ({ $cut } abgeschnitten)
# Eine Dauer folgt: Mittel 14m
report-episodes-mean = Mittel
report-episodes-median = Median
report-episodes-longest = längste
report-episodes-continuous = ununterbrochen
report-was = vorher { $amount }
report-was-not-scheduled = vorher nicht eingeplant
report-was-withheld = vorher zurückgehalten
report-points = { $figure } Punkte
# Anmerkungen unter einem Bericht
report-note-queues = Personen in mehreren Warteschlangen zählen in jeder: die Zeilen ergeben zusammen mehr als das Konto
report-note-compared = verglichen mit [{ $from }, { $to }): „vorher“ ist die Zahl jenes Zeitraums, Punkte sind vom Anteil an der bekannten Zeit
report-note-compared-cut = verglichen mit [{ $from }, { $to }), von [{ $from }, { $requested }) so viel, wie vom Zeitraum vergangen ist: „vorher“ ist die Zahl jenes Zeitraums, Punkte sind vom Anteil an der bekannten Zeit
report-note-groups-of-today = Gruppen: die heutigen, für die ganze Zeit
report-note-evidence = zurückgehalten, wo weniger als { $part } der Zeit bekannt sind: { $count } von { $rows } Zeilen
report-note-group = zurückgehalten, wo weniger als { $least } Personen hinter einer Zeile stehen oder sich durch Abziehen erkennen ließen: { $count } von { $rows } Zeilen
report-note-expected-changes = erwartete Änderungen: wie viele es gab, wenn sie zufällig kamen, gesehen oder zwischen zwei Abfragen
staffing-steps = Wie viele gleichzeitig den Wert { $value } hatten, Schritt für Schritt
staffing-lowest = Niedrigste
staffing-average = Durchschnitt
staffing-highest = Höchste
staffing-bounds = Sicher–möglich
staffing-too-few = Unterbesetzung
staffing-required = Benötigt
staffing-group = Gruppe
staffing-short-certain = sicher zu wenige
staffing-short-possible = vielleicht zu wenige
staffing-short-unknown = nicht bekannt
staffing-short-caption = Zeiträume, in denen weniger sicher waren als benötigt, die schlimmsten zuerst.
staffing-met = Sicher genug für { $met } von { $required }; zu wenige für { $short }, vielleicht zu wenige für { $possibly }, unbekannt für { $unknown }.
staffing-judged = Beurteilt bis { $until }; was nach der letzten vollständigen Abfrage vermutet wurde, nicht.
staffing-not-judged = Nichts ließ sich beurteilen: Es gab keine vollständige Abfrage.
heatmap-caption = Für welchen Teil der bekannten Zeit der Wert { $value } in jeder Stunde der Woche galt, und für wie viele Personen im Durchschnitt


## Bilder für sich (SVG)

svg-nobody = Niemand, der zählt, war in diesem Zeitraum eingeplant.
timeline-svg-extension = 1 Nebenstelle
timeline-svg-extensions = { $count } Nebenstellen
timeline-svg-summary = { $criterion } von { $extensions } von { $from } bis { $to }, Zeiten in { $zone }. Jede Zeile ist eine Nebenstelle; Muster und Farben stehen für Werte.
timeline-svg-ambiguous = helleres Ende: vielleicht schon der nächste Wert
timeline-svg-presumed = blasser Kern: vermutet, keine spätere Abfrage
timeline-svg-absent = leer: abwesend
timeline-svg-marks = Kerbe darüber: etwas, das kürzer ist, als sich zeichnen lässt
timeline-svg-hours = schattiert: Geschäftszeiten
timeline-svg-so-far = bisher: { $told }
staffing-svg-summary = Wie viele Personen gleichzeitig den Wert { $value } hatten, nach { $criterion }, von { $from } bis { $to }, Zeiten in { $zone }; nie mehr als { $most }.
staffing-svg-average = im Durchschnitt bekannt
staffing-svg-band = niedrigste bis höchste bekannte Zahl in einem Schritt
staffing-svg-bounds = von sicher bis möglich (mehrdeutig oder unbekannt)
staffing-svg-required = wie viele benötigt waren
staffing-svg-short = sicher zu wenige: selbst die möglichen sind weniger als benötigt
staffing-svg-short-possible = vielleicht zu wenige: weniger sicher als benötigt
staffing-svg-short-unknown = nicht bekannt, ob zu wenige: keine Daten
heatmap-svg-summary = { $criterion } { $value } über die Stunden der Woche, von { $from } bis { $to }.
heatmap-svg-meaning = Zahlen: Teil der Zeit, in der etwas bekannt ist, in Prozent. Schraffiert: Nichts ist bekannt.
heatmap-svg-nothing = { $start }: nichts ist bekannt
heatmap-svg-cell = { $start }: { $part } der bekannten Zeit, im Durchschnitt { $average } Personen ({ $least } bis { $most }), { $unknown } unbekannt
heatmap-svg-day-1 = Mo
heatmap-svg-day-2 = Di
heatmap-svg-day-3 = Mi
heatmap-svg-day-4 = Do
heatmap-svg-day-5 = Fr
heatmap-svg-day-6 = Sa
heatmap-svg-day-7 = So


## Zustand

health-sweeps = Abfragen: { $range }
# Was über die Abfragen gesagt wird, und in welcher Zone.
health-told = { $told } Zeiten sind in { $zone }.
health-no-sweep = Noch ist keine Abfrage aufgezeichnet.
health-no-data = Bis dahin gab es keine Daten: Die erste Abfrage war am { $at }.
health-first-sweep = Die erste Abfrage war am { $at }.
health-observed = Das Konto wurde während { $observed } von { $whole } beobachtet: { $part }.
health-last-seen = Letzte Abfrage, die jemanden gesehen hat
health-collector = Sammler
health-store = Speicher
health-none-yet = noch gab es keine
health-held = { $holder }, bis { $until }, wenn nicht verlängert
health-was-held = niemand; { $holder } war es bis { $until }
health-given-up = niemand: es wurde abgegeben
health-never-held = niemand; noch nie hat ein Sammler hier geschrieben
health-store-of-all = { $changes } Änderungen in { $snapshots } Momentaufnahmen
health-store-of-part = { $snapshots } Momentaufnahmen
health-sweep-of = { $status }, { $observed } von { $expected } Nebenstellen
health-sweep = { $observed ->
    [one] { $status }, { $observed } Nebenstelle
   *[other] { $status }, { $observed } Nebenstellen
}
sweep-complete = vollständig
sweep-partial = unvollständig
sweep-failed = fehlgeschlagen
sweep-skipped = ausgelassen
health-gaps = Lücken
health-no-gaps = Es gibt keine: Das Konto wurde die ganze Zeit beobachtet.
health-gaps-caption = Lücken: Was dann geschah, ist unbekannt
health-cause = Ursache
health-cause-for = { $cause }, { $length } lang
health-present = keine: seit der letzten Abfrage; die nächste ist noch nicht da
health-picture = Beobachtet für { $observed }, nicht beobachtet für { $missed }
# Warum eine Abfrage nicht alle gesehen hat
cause-not_collected = keine Abfrage wurde versucht
cause-unexplained = Abfragen schlugen aus unbekannten Gründen fehl
cause-rate_limit = Anfragelimit
cause-maintenance = Wartung
cause-unavailable = nicht erreichbar
cause-unreadable = unlesbare Antwort
cause-refused = abgelehnt
cause-credentials = Zugangsdaten
cause-permission = Berechtigung
cause-inconsistent = widersprüchlich
cause-implausible = unglaubwürdig
cause-withheld = zurückgehalten
cause-late = zu spät
cause-suspended = Rechner angehalten
cause-clock = Uhr
cause-stopped = beendet
cause-spool = Zwischenspeicher
cause-damaged = beschädigt
cause-import = Import


## Teile mehrerer Seiten

page-all = alle
page-unknown = unbekannt
page-absent = nicht vorhanden
page-never = noch nie
page-presumed = (vermutet)
page-from-to = { $from } bis { $to }
page-copy = Kopieren
page-command = Dasselbe auf der Kommandozeile
page-download = Herunterladen:
page-csv-for-excel = CSV für Excel
page-to-board = Zur Übersicht
# Welchen Teil einer langen Liste eine Seite zeigt, und die Links zu den anderen.
page-part = Auf dieser Seite: Personen { $from } bis { $to } von { $total }.
page-number = Seite { $number }
# Unter jeder Seite: worauf sie beruht.
page-rests-on = Stand: Position { $position }, Momentaufnahme { $snapshot }; letzte Abfrage { $moment }.
page-rests-on-no-sweep = Stand: Position { $position }, Momentaufnahme { $snapshot }; noch nie beobachtet.
page-times = Zeiten in { $zone } (Zeitzonendaten { $version }).
page-so-far = Zwischenstand: { $time } des Zeitraums stehen noch aus und zählen nirgends.
page-known-at-position = Wissensstand an Position { $position }: Was später aufgezeichnet wurde, ist nicht enthalten.
page-known-at = Wissensstand { $moment }: Was später aufgezeichnet wurde, ist nicht enthalten.
# Woher eine Abfrage oder ein Ereignis stammt.
page-source-poll = Abruf
page-source-push = Push
page-source-import = Import
# Das Ende des Reglers, mit dem ein Bild zu einem früheren Wissensstand gezeigt wird.
known-now = jetzt
script-copied = Kopiert
# Der Text wurde nicht kopiert, ist aber markiert, sodass die üblichen Tasten ihn kopieren.
script-selected = Markiert


## Die Übersicht: alle jetzt

board-how-many = Anzahl
board-blind = Derzeit ist nichts bekannt: { $why }
# Nach einem Doppelpunkt; „when“ ist etwa „vor 3m“.
board-blind-why = keine Daten seit der Abfrage { $when } ({ $moment }); der Sammler läuft möglicherweise nicht mehr.
board-fresh = Es ist { $now } in { $zone }. Letzte Abfrage: { $when } ({ $moment }).
board-no-sweep = Noch ist keine Abfrage aufgezeichnet.
board-reload = Laden Sie die Seite neu, um Änderungen zu sehen.
board-nobody = Hier ist niemand ausgewählt: Wählen Sie ein anderes Team, oder leeren Sie die Felder oben.
board-everybody = Alle
board-everybody-now = Alle jetzt
board-who = Wer
board-since = Seit
board-seen = Beobachtet
board-also = Außerdem
# Auf kleinen Bildschirmen, vor einer Zeit wie „vor 3m“.
board-narrow-seen = Beobachtet:
board-for-less = seit weniger als einer Minute
board-for = seit { $time }
# 5 Nebenstellen: 3 Verfügbar, 2 Beschäftigt; davon 4 auf dieser Seite
board-told = { $count ->
    [one] { $count } Nebenstelle: { $values }
   *[other] { $count } Nebenstellen: { $values }
}
board-count = { $count } { $value }
board-told-part = { $told }; davon { $count } auf dieser Seite
board-only = Nur
board-order = Reihenfolge
board-order-team = Team, Nummer
board-order-name = Name
board-order-status = Status
board-order-longest = am längsten darin
board-download-of-all = { $format } aller Ausgewählten, unabhängig vom Status
board-picture = das Bild von heute
script-live = Live
script-not-live = Nicht live: { $why }
script-not-live-no-answer = Nicht live: Der Server antwortet nicht; neuer Versuch läuft
script-not-live-connecting = Nicht live: Verbindung wird wiederhergestellt


## Die Liste der Personen

people-caption = Personen nach Nummer der Nebenstelle
people-which = Welche
people-alone = Personen
people-all-types = alle Nebenstellen


## Eine Person

# Wie jemand heißt, dessen Name oder auch dessen Nummer nicht bekannt ist.
person-extension = Nebenstelle { $number }
person-id = Id { $id }
person-name = Name
person-number = Nummer
person-extension-number = Nummer der Nebenstelle
person-extension-id = Id der Nebenstelle
person-department = Abteilung
person-site = Standort
person-queues = Warteschlangen
person-zone = Zeitzone
person-zone-assumed = { $zone } (angenommen)
person-type = Art
person-now = Jetzt
person-presumed = { $value }, vermutet seit der letzten Abfrage
person-last-sweep = Letzte Abfrage des Kontos
person-day = Tag
person-day-by-day = { $name }, Tag für Tag
person-totals = Summen
person-totals-all-hours = Wie lange jeder Wert an jedem Tag galt, mit Grenzen; alle Zeiten zählen.
person-totals-hours = Wie lange jeder Wert an jedem Tag galt, mit Grenzen; Zeiten, die zählen: { $hours }.
person-changes-none = { $from } bis { $to }, Zeiten in { $zone }: keine.
person-changes-all = { $from } bis { $to }, Zeiten in { $zone }: { $count ->
    [one] die einzige.
   *[other] alle { $count }.
}
person-changes-first = { $from } bis { $to }, Zeiten in { $zone }: die ersten { $count }; die Downloads enthalten alle.
person-changes-as = Änderungen als { $format }
person-intervals-as = Zeitabschnitte als { $format }
person-who-asked = Wer gefragt hat
person-nobody-asked = In den letzten 28 Tagen hat niemand über das Netz nach dieser Person gefragt.
person-looks = Wer in den letzten 28 Tagen über das Netz nach dieser Person gefragt hat, Neuestes zuerst
person-all-looks = Das ganze Zugriffsprotokoll zu dieser Person


## Änderungen

changes-all = { $count ->
    [one] { $count } Änderung vom { $from } bis { $to }, Zeiten in { $zone }.
   *[other] { $count } Änderungen vom { $from } bis { $to }, Zeiten in { $zone }.
}
changes-next = Die nächsten { $count } Änderungen vom { $from } bis { $to }, Zeiten in { $zone }; die Downloads enthalten alle.
changes-later = Später →
changes-status = Status
changes-kind = Art
changes-kind-changed = geänderter Status
changes-kind-profile = geändertes Profil
changes-kind-appeared = neu hinzugekommen
changes-kind-disappeared = nicht mehr vorhanden
changes-caption = Jede Änderung, wie sie aufgezeichnet wurde
changes-seen = Beobachtet
changes-who = Wer
changes-not-before = Nicht vor
changes-what = Was sich änderte
changes-source = Quelle
changes-position = Position


## Nachweis: warum ein Status bekannt ist

explain-hint = Nennen Sie eine Person und einen Zeitpunkt: Diese Seite zeigt, welcher Status damals bekannt war und warum: die Regel, die Abfragen und die Ereignisse, die den Ausschlag geben.
explain-person = Name oder Nummer
explain-time = Zeitpunkt
# Zwischen einem Namen und einem Wert.
explain-at = am { $moment }:
explain-by-facet = Nach Status { $name }; so seit { $since }.
explain-by-policy = Nach Regelwerk { $name }; so seit { $since }.
explain-changes = Alle Änderungen um diese Zeit
explain-sweeps = Die entscheidenden Abfragen
explain-more-sweeps = { $count ->
    [one] Dazwischen liegt { $count } weitere Abfrage.
   *[other] Dazwischen liegen { $count } weitere Abfragen.
}
explain-sweep = Abfrage
explain-began = Beginn
explain-ended = Ende
explain-by = Durch
explain-sweep-status = Status
explain-valid-for = Gültig für
explain-of-person = Zu dieser Person
explain-status-complete = vollständig
explain-status-partial = unvollständig
explain-status-failed = fehlgeschlagen
explain-status-skipped = ausgelassen
# Was eine Abfrage von einer Person zeigte; „lacked“: vollständig, aber ohne sie; „gone“: die Abfrage, die das bestätigte.
explain-outcome-observed = beobachtet
explain-outcome-lacked = fehlte
explain-outcome-gone = nicht mehr vorhanden
explain-outcome-missed = nicht erreicht
explain-outcome-nothing = nichts
explain-events = Die entscheidenden Ereignisse
explain-event = Ereignis
explain-rules = Die Regeln des Regelwerks, der Reihe nach
explain-rule = Regel
explain-when = Bedingung
explain-here = Hier
explain-holds = trifft zu
explain-does-not-hold = trifft nicht zu
explain-may-hold = unbekannt
explain-queue = Warteschlange { $queue }
queue-signed-in = angemeldet
queue-signed-out = abgemeldet
queue-no-member = kein Mitglied
queue-not-said = Mitglied; die Plattform sagte nicht, ob angemeldet
queue-unknown = unbekannt: keine Abfrage der Warteschlange deckt diese Zeit ab
queue-presumed = { $standing } (vermutlich)
explain-facts = Wonach die Regeln fragten
explain-what = Was
explain-value = Wert
explain-since = Seit


## Das Zugriffsprotokoll

access-log-title = Zugriffsprotokoll
access-log-what = Was dieser Server über das Netz gefragt wurde; was innerhalb einer Stunde erneut gefragt wurde, ist ein Eintrag. Wer den Speicher direkt öffnen kann, hinterlässt hier keine Spur.
access-log-caption = Wer nach wem gefragt hat, Neuestes zuerst
access-log-none = Einen solchen Eintrag gibt es nicht.
access-log-entries = Einträge
access-log-earlier = Frühere Einträge →
access-log-since = Ab
access-log-last = Zuletzt
access-log-who = Wer
access-log-asked = Frage
access-log-time = Zeitraum
access-log-about = Nach wem
access-log-times = Anzahl
access-log-present = die Gegenwart
access-log-everybody = allen
access-log-more = { $count } weitere


## Wer einen Anruf annehmen kann

routing-hint = Wer zuerst steht, ist zuerst zu fragen. Wessen Status unbekannt ist, bleibt außen vor.
routing-classes = Klassen und mehr
routing-who-counts = Wer zählt
routing-class-free = Klasse, die frei ist
routing-seen-within = Beobachtet innerhalb von
routing-at-most = Höchstens
routing-types = Arten von Nebenstellen
routing-can = { $count ->
    [one] { $count } Nebenstelle kann einen Anruf annehmen; nach { $by }.
   *[other] { $count } Nebenstellen können einen Anruf annehmen; nach { $by }.
}
routing-can-others = { $count ->
    [one] { $count } Nebenstelle kann einen Anruf annehmen, { $others }; nach { $by }.
   *[other] { $count } Nebenstellen können einen Anruf annehmen, { $others }; nach { $by }.
}
# Die anderen, durch Kommas getrennt.
routing-more-could = { $count } weitere könnten es auch
routing-other-class = { $count } in einer anderen Klasse
routing-unknown = { $count } unbekannt
routing-too-old = { $count } vor zu langer Zeit beobachtet
routing-absent = { $count } nicht vorhanden
routing-caption = Wer einen Anruf annehmen kann, in der Reihenfolge, in der zu fragen ist
routing-rank = Rang
routing-class = Klasse
routing-since = Seit
routing-for = Dauer
routing-seen = Beobachtet
routing-presumed = { $class } (vermutet)
routing-just-now = gerade eben


## Wann mehrere zusammen frei sind

meet-hint = Nennen Sie einige Personen, durch Kommas getrennt, oder wählen Sie ein Team: Diese Seite zeigt die Termine, zu denen in den letzten Wochen alle zur gleichen Zeit frei waren, die besten zuerst.
meet-slots = Termine
meet-slots-and-more = Termine und mehr
meet-length = Dauer
meet-weeks-back = Wochen zurück
meet-hours = Zeiten
meet-free-now = { $name } (jetzt frei)
meet-not-free-now = { $name } (jetzt nicht frei)
meet-unknown-now = { $name } (jetzt unbekannt)
meet-told = { $weeks ->
    [one] { $people }; Rückblick auf { $weeks } Woche, Termine von { $length } nach der Uhr von { $zone }.
   *[other] { $people }; Rückblick auf { $weeks } Wochen, Termine von { $length } nach der Uhr von { $zone }.
}
meet-caption = Termine, zu denen alle zusammen frei waren, die besten zuerst
meet-from = Von
meet-to = Bis
meet-free-together = Zusammen frei
meet-weeks-known = Bekannte Wochen
meet-weeks-of = { $count } von { $all }
meet-possible = Möglich
meet-it-was = War
meet-was-free = frei
meet-was-busy = nicht frei
meet-was-unknown = unbekannt


## Regelwerke

policies-what = Ein Regelwerk bestimmt, als was ein Status zählt. Es gilt, sobald eine Frage gestellt wird, für die ganze Vergangenheit; an dem, was aufgezeichnet ist, ändert sich nichts.
policies-try-rules = Regeln ausprobieren
policies-box = Regeln, wie sie in der Konfigurationsdatei stünden
policies-try = Auf diese Zeit anwenden
policies-trial-caption = Wie lange jede Klasse gegolten hätte
policies-keep = Um das Regelwerk zu behalten, fügen Sie diese Zeilen der Konfigurationsdatei hinzu:
policies-all = Alle Regelwerke
policies-built-in = eingebaut
policies-of-file = aus der Konfigurationsdatei
# Vor der Prüfsumme selbst.
policies-digest = Prüfsumme
# Vor und nach einem Befehl.
policies-not-well-formed = Es ist fehlerhaft:
policies-check-shows = zeigt, warum.
policies-caption = Die erste Regel, die zutrifft, entscheidet
policies-rule = Regel
policies-when = Bedingung
policies-counts-as = Zählt als
policies-name = Name
policies-value-of = der Wert von { $facet }
policies-team = Das Team danach
policies-try-change = Eine Änderung ausprobieren


## Die API

# Vor einem Link zu einer Datei.
api-what = Was über HTTP gefragt werden kann, mit einem Formular zum Ausprobieren. Programme lesen dasselbe aus
api-everything = Alles, was gefragt werden kann
api-left-empty = Was leer bleibt, wird nicht gesendet.
# Vor dem Namen eines Headers.
api-header = Als Header
api-show-request = Anfrage zeigen
api-stop = Anhalten
api-request = Die Anfrage
api-import = Was aufgezeichnet ist, bleibt für immer; deshalb wird es nicht von hier aus gesendet, sondern mit dieser Zeile.
api-answer = Die Antwort
api-body = Der Inhalt der Antwort
# Was die Werte eines Parameters sind.
api-text = Text
api-texts = Text, einer je Zeile
api-number = Zahl
api-number-from-to = Zahl von { $least } bis { $most }
api-flag = true oder false
api-word = eines von diesen
api-words = beliebige von diesen
api-required = { $kind }, erforderlich
api-usually = { $kind }, normalerweise { $value }
api-not-given = nicht angegeben
script-try-send = Senden
script-try-asking = Anfrage läuft …
script-try-stopped = Angehalten.
script-try-no-answer = Der Server antwortet nicht.
# Der Status ist etwa „200 OK“. „Cut“: Nicht der ganze Inhalt wurde gelesen.
script-try-until-now = { $status }, bis jetzt { $size } Bytes
script-try-done = { $status }, { $size } Bytes in { $time } ms
script-try-done-cut = { $status }, bisher { $size } Bytes in { $time } ms
script-try-stopped-then = { $status }, { $size } Bytes, dann angehalten
script-try-stopped-then-cut = { $status }, bisher { $size } Bytes, dann angehalten
script-try-part = { $told }. Die ersten { $count } Zeichen werden gezeigt; der Link zur Anfrage öffnet alles
script-try-no-text = Das ist kein Text: Der Link zur Anfrage öffnet oder speichert es.
script-try-picture = Die Antwort als Bild; woraus es gezeichnet ist, steht darunter


## Anmelden

sign-in = Anmelden
sign-in-with = Anmelden mit { $provider }
sign-in-what = Dies ist der Präsenzverlauf eines RingCentral-Kontos, für alle, die ein Token oder einen Link von der Administration haben.
sign-in-who-sees = Sie sehen die Personen, die Ihr Token erlaubt; was Sie fragen, steht im Zugriffsprotokoll.
sign-in-token = Token
# Vor dem Befehl, der ein Token anlegt; dann vor und nach dem, der den Server startet.
sign-in-create = Sie sind für den Server zuständig? Legen Sie ein Token an mit
sign-in-serve = Beim Start gibt
sign-in-serve-link = einen Link aus, der Sie anmeldet.
sign-in-link-used = Dieser Link wurde schon benutzt oder ist älter als zehn Minuten. Starten Sie `presence serve` neu, um einen neuen zu bekommen, oder melden Sie sich mit einem Token an: `presence token create NAME --scope read` legt eines an.
sign-in-token-unknown = Das Token ist unbekannt, abgelaufen oder widerrufen.
sign-in-token-may-not-read = Dieses Token darf nicht lesen; die Seiten brauchen eines mit dem Recht read.
sign-in-provider-unavailable = Der Identitätsanbieter antwortet nicht, wie er sollte; das Protokoll des Servers sagt, inwiefern.
sign-in-no-answer = Das ist keine Antwort auf eine Anfrage dieses Browsers, oder sie kam zu spät. Melden Sie sich noch einmal an.
sign-in-not-let-in = Der Identitätsanbieter hat Sie nicht eingelassen.
sign-in-no-rights = Ihr Konto ist bekannt, hat aber keine Rechte auf diesem Server. Fragen Sie die Administration.


## Wofür die eingebauten Regelwerke da sind

policy-aggregated = was die Plattform selbst zusammenfasst, unverändert
policy-direct_calls = wer einen Anruf auf der eigenen Nummer annehmen kann
policy-queue_calls = wer einen Anruf einer eigenen Warteschlange annehmen kann
policy-on_call = wer im Gespräch ist, am Telefon oder im Contact Center
policy-in_meeting = wer in einer RingCentral-Besprechung ist
policy-reachable = wer überhaupt zu erreichen ist, durch Anrufe jeder Art
policy-queue_ready = wer für den nächsten Anruf einer Warteschlange bereit ist: angemeldet und frei
policy-queue_sign_in = wer bei einer Warteschlange angemeldet ist, was auch immer sonst geschieht


## Was sich änderte: Felder eines Profils, nach ihren Namen in Daten

field-extension_number = Nummer
field-name = Name
field-type = Art
field-status = Status der Nebenstelle
field-department = Abteilung
field-site = Standort
field-time_zone = Zeitzone
field-queues = Warteschlangen
change-appeared = neu hinzugekommen: { $values }
change-disappeared = nicht mehr vorhanden
change-from-to = { $field }: { $from } → { $to }


## Was sonst noch von jemandem jetzt bekannt ist

# Was die Person gewählt hat, wo es nicht der Status ist.
details-chosen = gewählt: { $value }
details-in-a-meeting = in einer Besprechung
details-message = „{ $message }“


## Warum ein Status bekannt ist oder nicht

because-snapshot = Momentaufnahme { $number } ({ $moment })
because-bracketed = Bekannt: { $earlier } zeigte diesen Status, und { $later } folgte { $apart } später; eine Abfrage gilt { $valid }. Die beiden schließen also die Zeit dazwischen ein, und was die erste zeigte, gilt als unverändert bis zur zweiten.
because-presumed = Vermutet: { $earlier } ist die letzte Abfrage, die diesen Status zeigte; am { $now } war das { $apart } her, und eine Abfrage gilt { $valid }. Keine spätere Abfrage hat ihn bestätigt, deshalb zählt er in keinem Mindestwert.
because-gap = Unbekannt: Zwischen { $earlier }, die einen Status zeigte, und { $later }, der nächsten, die das tat, liegen { $apart }; eine Abfrage gilt { $valid }. Die Zeit dazwischen ist also nicht eingeschlossen, und eine Lücke wird nie gefüllt.
because-stale = Unbekannt: { $earlier } ist die letzte Abfrage, die einen Status zeigte; am { $now } war das { $apart } her, und eine Abfrage gilt nur { $valid }.
because-absent = Nicht vorhanden: { $earlier } war vollständig, aber ohne diese Nebenstelle, und { $later } folgte { $apart } später; eine Abfrage gilt { $valid }.
because-absent-presumed = Nicht vorhanden, vermutet: { $earlier } war vollständig, aber ohne diese Nebenstelle; am { $now } war das { $apart } her, und eine Abfrage gilt { $valid }.
because-lacked = Nicht vorhanden: Vollständige Abfragen waren ohne diese Nebenstelle.
because-seen = Bekannt: { $earlier } zeigte diesen Status genau zu diesem Zeitpunkt.
because-nothing-before = Unbekannt: Keine Abfrage bis dahin zeigte einen Status; die nächste, die das tat, ist { $later }.
because-nothing = Unbekannt: Keine Abfrage sagt etwas darüber.
because-doubt = Im Zweifel: Der Status kann schon { $value } gewesen sein. Die Änderung wurde am { $seen } beobachtet (Ereignis { $position }) und kann nicht vor { $earliest } gewesen sein: Der Zeitpunkt liegt dazwischen; er zählt für beide im Höchstwert und für keinen im Mindestwert.
because-doubt-gone = Im Zweifel: Die Nebenstelle kann schon nicht mehr vorhanden oder ohne Wert gewesen sein. Die Änderung wurde am { $seen } beobachtet (Ereignis { $position }) und kann nicht vor { $earliest } gewesen sein: Der Zeitpunkt liegt dazwischen; er zählt für beide im Höchstwert und für keinen im Mindestwert.
