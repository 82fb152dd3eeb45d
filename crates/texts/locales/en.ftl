# All that the pages say, in English.
#
# A translation is a copy of this file with other words, named after its language (BCP 47), and a line in ../src/lib.rs.
# Keep the names before the equals signs, and the variables in braces. How the format works: https://projectfluent.org.
# Messages that begin with script- are for scripts: these put variables in, but cannot choose between singular and plural.


## The language, and how it writes numbers and dates

language-name = English
format-decimal = .
format-group = ,
format-date = YYYY-MM-DD


## Words that several pages use

extensions = { $count ->
    [one] { $count } extension
   *[other] { $count } extensions
}


## Around every page

skip = Skip to the content
sign-out = Sign out
pages = Pages
languages = Language

## The menu: the names of the pages

menu-now = Now
menu-team = Team
menu-people = People
menu-report = Report
menu-staffing = Staffing
menu-heatmap = Heatmap
menu-route = Route
menu-meet = Meet
menu-policies = Policies
menu-changes = Changes
menu-proof = Proof
menu-health = Health
menu-access-log = Access log
menu-accounts = Accounts
menu-api = API


## In place of a page

refused-no-page = There is no such page
refused-cannot = This cannot be shown
refused-failed = This failed


## Accounts

account = Account
id = Id
people = People
last-sweep = Last sweep
accounts-choose = Choose an account
accounts-caption = Accounts of this store
accounts-none = No account is recorded yet.
accounts-count = { $count ->
    [one] This store holds the history of one account.
   *[other] This store holds the histories of { $count } accounts.
}


## The labels of statuses, by their names in the configuration

facet-presence_status = Status
facet-user_status = Chosen status
facet-telephony_status = Phone
facet-dnd_status = Do not disturb
facet-meeting_status = Meeting
facet-dnd_status_personal = Direct calls
facet-accept_call_queue_calls = Queue calls
facet-allow_see_my_presence = Visible to others
facet-caller_id_visibility = Caller ID
facet-ring_on_monitored_call = Ring on monitored call
facet-pick_up_calls_on_hold = Pick up calls on hold
facet-cx_telephony_status = Contact center
facet-aggregated_telephony_status = Phone and contact center
facet-message = Message


## The labels of RingCentral's values; one without a line here is shown as it is

value-none = (none)
value-of-Available = Available
value-of-Busy = Busy
value-of-Offline = Offline
value-of-NoCall = No call
value-of-CallConnected = On a call
value-of-Ringing = Ringing
value-of-OnHold = On hold
value-of-ParkedCall = Call parked
value-of-TakeAllCalls = Takes all calls
value-of-DoNotAcceptAnyCalls = Takes no calls
value-of-DoNotAcceptDepartmentCalls = Takes no queue calls
value-of-TakeDepartmentCallsOnly = Takes queue calls only
value-of-Unknown = Unknown
value-of-Connected = In a meeting
value-of-Disconnected = In no meeting
value-of-All = All
value-of-None = None
value-of-PermittedUsers = Permitted people
value-of-true = true
value-of-false = false


## Groups

not-set = (not set)


## Words of forms and tables

department = Department
site = Site
queue = Queue
status = Status
name-or-number = Name or number
from = From
to = To
for = For
as-known-at = As known at
unknown-no-data = unknown: no data
so-far-still-to-come = { $length } of the window are still to come, and count nowhere


## Weekdays, months and dates

weekday-1 = Monday
weekday-2 = Tuesday
weekday-3 = Wednesday
weekday-4 = Thursday
weekday-5 = Friday
weekday-6 = Saturday
weekday-7 = Sunday
weekday-short-1 = Mon
weekday-short-2 = Tue
weekday-short-3 = Wed
weekday-short-4 = Thu
weekday-short-5 = Fri
weekday-short-6 = Sat
weekday-short-7 = Sun
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December
month-short-1 = Jan
month-short-2 = Feb
month-short-3 = Mar
month-short-4 = Apr
month-short-5 = May
month-short-6 = Jun
month-short-7 = Jul
month-short-8 = Aug
month-short-9 = Sep
month-short-10 = Oct
month-short-11 = Nov
month-short-12 = Dec
# 4 November 2026
long-date = { $day } { $month } { $year }
# Wed 4 Nov
short-date = { $weekday } { $day } { $month }
# How far a moment is from now; the length is such as 3m.
time-ago = { $length } ago
time-after-now = { $length } after now


## Stretches of time

period-unit-day = Day
period-unit-week = Week
period-unit-month = Month
period-unit-quarter = Quarter
# Wednesday, 4 November 2026
period-day = { $weekday }, { $date }
# A week in one month, in one year, and in two years; "to" is a long date.
period-week-in-month = Week { $week }, { $day } to { $to }
period-week-in-year = Week { $week }, { $day } { $month } to { $to }
period-week = Week { $week }, { $from } to { $to }
period-month = { $month } { $year }
period-quarter = Quarter { $quarter } of { $year }
period-from-to = { $from } to { $to }
# How long a day is, where that is not 24 hours.
period-hours = ({ $hours } hours)
period-half-hours = ({ $hours }½ hours)
preset-today = Today
preset-yesterday = Yesterday
preset-7-days = Last 7 days
preset-this-week = This week
preset-last-week = Last week
preset-28-days = Last 28 days
preset-this-month = This month
preset-last-month = Last month


## Forms, and the bar on top of a page

form-all = all
form-no-calendar = none
form-own-calendars = each extension's own
form-calendar = Calendar
form-policy = Policy
form-no-policy = none: the status itself
form-usual-policy = the usual one
bar-time = Time
bar-earlier = ← Earlier
bar-later = Later →
bar-closer = Closer
bar-farther = Farther
bar-go-to = Go to
bar-go = Go
bar-shown = What is shown
bar-zone = Time zone
bar-show = Show
bar-counted = Counted
bar-hours = Hours that count
bar-required = People required
# What can be written into a field: a date or -7d.
bar-from-example = 2026-11-02 or -7d
script-bar-show-in-zone = Show in { $zone }
script-bar-now = now


## Words of tables

never = never
unknown = unknown
absent = absent
who = Who
hour = Hour
number = Number
name = Name
pseudonym = Pseudonym
rows = Rows
order = Order
totals = Totals
legend = Legend
nobody-chosen = Nobody is chosen here: choose another team, or clear the fields above.
sweeps = { $count ->
    [one] { $count } sweep
   *[other] { $count } sweeps
}
hours-all-count = all hours count
hours-that-count = hours: { $hours }
grid-hidden = { $count ->
   *[other] { $count } more rows are not shown; the downloads have all of them.
}
download-excel = CSV for Excel
download-svg-of-page = SVG of this page


## Pictures of time

axis-date = { $month }-{ $day }
picture-time-in = Time in { $zone }
picture-help = Point at a row, or reach the rows with Tab and go along them with the arrow keys, to see what held when. A click or Enter shows why that is known, of a shade its day; E lists the changes; dragging or + zooms in, - zooms out.
legend-more = and { $count } more: point at a bar to see which
legend-notch = notch at the top: something too short to be drawn here
legend-lighter = lighter: it changed somewhere here, or is presumed since the last sweep
legend-shaded = shaded: outside business hours
legend-band-sure = band: so many for certain
legend-band-known = seen at the same time
legend-band-possible = possible, with everyone unknown
legend-band-short-certain = fewer than required
legend-band-short-possible = perhaps fewer than required
legend-band-short-unknown = not known whether fewer than required
# The band of how many were in a value at once: "Available together", "0 to 7".
together-heading = { $value } together
together-scale = 0 to { $most }
together-label = { $value }: from 0 to { $most } at once
together-now = { $value } { $count } now
together-now-at-most = { $value } { $count } now, { $possible } at most
# Available 41 % of the time (40–43 %); 2 % not known
share-all-known = { $value } { $part } of the time ({ $bounds } %); all of it is known
share-part-known = { $value } { $part } of the time ({ $bounds } %); { $unknown } not known
short-never = Never fewer than required, as far as is known
short-perhaps = Perhaps fewer than required, for { $most } at most
short-certain = Fewer than required for { $length }
short-between = Fewer than required for { $least } at least, { $most } at most
# One of the four above, and what is not known.
short-unknown = { $told }; not known for { $unknown }.
no-time-counts = no time that counts
days-summary = { $value } { $part }, { $unknown } not known
days-not = not { $value }
days-up-to = { $value } up to { $part } of the day
shares = Shares
shares-legend = Legend of the shares
shares-least-to-most = least to most { $value }


## Days, weeks, months and any other stretch of time

span-told = { $extensions } by { $criterion }; times in { $zone }.
span-everyone = Everyone
span-no-time = no time has passed that counts
span-unseen = No data for { $length } of this time (hatched): what happened then is unknown.
span-caption = Who was in which state when, by { $criterion }
span-days-caption = Who was { $value } for which part of each day
span-totals-caption = How long each value held, with its bounds; { $hours }
span-totals-of-page = How long each value held, with its bounds; { $hours }; the rows are of the people on this page, the total is of all { $count }
span-more = Any time, order and rows
span-any-time = Any time
span-drawn = Drawn as
span-drawn-as-fits = as fits the time
span-drawn-bars = bars
span-drawn-days = a shade a day
span-rows-comfortable = comfortable
span-rows-compact = compact
span-rows-dense = dense
span-order-team = team, number
span-order-name = name
span-order-share = largest share first
span-order-first = first seen in it


## What a picture of time says of the place that is pointed at

script-timeline-no-time = no time that counts
script-timeline-day = { $value } { $part } % of the day
script-timeline-day-bounds = { $value } { $part } % of the day ({ $least }–{ $most } %)
# One of the two above, and what is not known.
script-timeline-day-gap = { $told }, { $unknown } % not known
script-timeline-absent = absent: not there at that time
script-timeline-not-yet = not yet
script-timeline-unknown = unknown: no data
script-timeline-weekday-0 = Sun
script-timeline-weekday-1 = Mon
script-timeline-weekday-2 = Tue
script-timeline-weekday-3 = Wed
script-timeline-weekday-4 = Thu
script-timeline-weekday-5 = Fri
script-timeline-weekday-6 = Sat
script-timeline-date = { $weekday } { $year }-{ $month }-{ $day }
script-timeline-from-to = { $from } to { $to }
script-timeline-began-between = it began between { $from } and { $to }
script-timeline-presumed = presumed since the last sweep
script-timeline-show-or-hide = Show or hide
script-timeline-nothing-counts = { $time }: nothing counts here
script-timeline-together = { $value }: { $count } together, { $range }
script-timeline-together-bounds = { $value }: { $count } together (at least { $sure }, at most { $possible }), { $range }
script-timeline-show-details = Show details: { $range }
script-timeline-tap-again = { $told }. Tap again to see why.


## Report, staffing and heatmap

question-more = Rows, columns and more
question-types = Extension types
question-by-extension = by extension
question-by-department = by department
question-by-site = by site
question-by-queue = by queue
question-groups-of-today = groups of today
question-step = Step
question-by-time = By time
question-all-in-one = all of it in one
question-by-hour = hour
question-by-day = day
question-by-week = week
question-by-month = month
question-whole-account = the whole account
question-others = More
question-value = Value of these figures
question-compare-to = Compare to
question-min-evidence = Least evidence
question-min-group = Least group
metric-scheduled = scheduled
metric-known = known
metric-evidence = evidence
metric-first = first
metric-last = last
metric-episodes = episodes
metric-adherence = adherence
metric-conformance = conformance
metric-polling = polling
answer-picture = { $told }; the tables below have the figures
answer-own-zones = each extension's own
answer-all-hours = all
answer-footer = Hours: { $hours }. Days and hours by the clocks of: { $zone } (zone data { $zone_data }). As of position { $position }, snapshot { $snapshot }, observed until { $until }.
report-caption = How long each value held: the estimate, its part of the scheduled time, and its bounds
report-much-unknown = { $part } of the time is unknown, because there is no data
column-unknown = Unknown
column-absent = Absent
column-planned = Planned
column-changes = Changes
column-others = { $count ->
   *[other] { $figure } others
}
column-scheduled = Scheduled
column-known = Known
column-evidence = Evidence
# The value follows: First Available
column-first = First
column-last = Last
column-episodes = Episodes
column-adherence = Adherence
column-conformance = Conformance
column-polling = Expected changes
row-total = total
row-account = account
report-cannot-be-told = cannot be told
report-withheld-evidence = suppressed: evidence { $part }
report-withheld-group = suppressed: too few people
report-episodes-cut = { $count } ({ $cut } cut)
# A length follows: mean 14m
report-episodes-mean = mean
report-episodes-median = median
report-episodes-longest = longest
report-episodes-continuous = continuous
report-was = was { $amount }
report-was-not-scheduled = was not scheduled
report-was-withheld = was suppressed
report-points = { $figure } points
# Notes below a report
report-note-queues = people in several queues count in each: the rows add up to more than the account
report-note-compared = compared with [{ $from }, { $to }): `was` is the figure of that period, points are of the part of known time
report-note-compared-cut = compared with [{ $from }, { $to }), cut to what has passed of the window from [{ $from }, { $requested }): `was` is the figure of that period, points are of the part of known time
report-note-groups-of-today = groups: today's, for all of the time
report-note-evidence = suppressed where less than { $part } of the time is known: { $count } of { $rows } rows
report-note-group = suppressed where fewer than { $least } people stand behind a row, or could be told by subtraction: { $count } of { $rows } rows
report-note-expected-changes = expected changes: how many there were if they came at random, seen or between two sweeps
staffing-steps = How many were { $value } at once, step by step
staffing-lowest = Lowest
staffing-average = Average
staffing-highest = Highest
staffing-bounds = Certain–possible
staffing-too-few = Too few
staffing-required = Required
staffing-group = Group
staffing-short-certain = too few for certain
staffing-short-possible = perhaps too few
staffing-short-unknown = not known
staffing-short-caption = Stretches in which fewer were certain than required, the worst first.
staffing-met = Certainly enough for { $met } of { $required }; too few for { $short }, perhaps too few for { $possibly }, unknown for { $unknown }.
staffing-judged = Judged up to { $until }; what was presumed after the last complete sweep is not.
staffing-not-judged = Nothing could be judged: there was no complete sweep.
heatmap-caption = Part of the known time that { $value } held in each hour of the week, and how many people on average


## Pictures by themselves (SVG)

svg-nobody = Nobody counted was scheduled in the window.
timeline-svg-extension = 1 extension
timeline-svg-extensions = { $count } extensions
timeline-svg-summary = { $criterion } of { $extensions } from { $from } to { $to }, times in { $zone }. Each row is an extension; patterns and colours stand for values.
timeline-svg-ambiguous = lighter end: perhaps the next value already
timeline-svg-presumed = pale core: presumed, no later sweep
timeline-svg-absent = blank: absent
timeline-svg-marks = notch above: something shorter than can be drawn
timeline-svg-hours = shaded: business hours
timeline-svg-so-far = so far: { $told }
staffing-svg-summary = How many people were { $value } at once by { $criterion }, from { $from } to { $to }, times in { $zone }; never more than { $most }.
staffing-svg-average = average known
staffing-svg-band = lowest to highest known in a step
staffing-svg-bounds = from certainly to possibly (ambiguous or unknown)
staffing-svg-required = how many were required
staffing-svg-short = too few for certain: even those possible are fewer than required
staffing-svg-short-possible = perhaps too few: fewer certain than required
staffing-svg-short-unknown = unknown whether too few: no data
heatmap-svg-summary = { $criterion } { $value } over the hours of the week, from { $from } to { $to }.
heatmap-svg-meaning = Figures: part of the time in which something is known, in percent. Hatched: nothing is known.
heatmap-svg-nothing = { $start }: nothing is known
heatmap-svg-cell = { $start }: { $part } of the known time, on average { $average } people ({ $least } to { $most }), { $unknown } unknown
heatmap-svg-day-1 = Mo
heatmap-svg-day-2 = Tu
heatmap-svg-day-3 = We
heatmap-svg-day-4 = Th
heatmap-svg-day-5 = Fr
heatmap-svg-day-6 = Sa
heatmap-svg-day-7 = Su


## Health

health-sweeps = Sweeps: { $range }
# What is said of the sweeps, and in which zone.
health-told = { $told } Times are in { $zone }.
health-no-sweep = No sweep has been recorded yet.
health-no-data = There was no data by then: the first sweep was at { $at }.
health-first-sweep = The first sweep was at { $at }.
health-observed = The account was observed for { $observed } of { $whole }: { $part }.
health-last-seen = Last sweep that saw anybody
health-collector = Collector
health-store = Store
health-none-yet = there was none yet
health-held = { $holder }, until { $until } unless renewed
health-was-held = nobody; { $holder } was until { $until }
health-given-up = nobody: it was given up
health-never-held = nobody; no collector ever wrote here
health-store-of-all = { $changes } changes in { $snapshots } snapshots
health-store-of-part = { $snapshots } snapshots
health-sweep-of = { $status }, { $observed } of { $expected } extensions
health-sweep = { $observed ->
   *[other] { $status }, { $observed } extensions
}
sweep-complete = complete
sweep-partial = partial
sweep-failed = failed
sweep-skipped = skipped
health-gaps = Gaps
health-no-gaps = There is none: the account was observed all the time.
health-gaps-caption = Gaps: what happened then is unknown
health-cause = Cause
health-cause-for = { $cause } for { $length }
health-present = none: since the last sweep; the next one is not there yet
health-picture = Observed for { $observed }, not observed for { $missed }
# Why a sweep did not see everyone
cause-not_collected = no sweep was attempted
cause-unexplained = sweeps failed for unknown reasons
cause-rate_limit = rate limit
cause-maintenance = maintenance
cause-unavailable = unavailable
cause-unreadable = unreadable
cause-refused = refused
cause-credentials = credentials
cause-permission = permission
cause-inconsistent = inconsistent
cause-implausible = implausible
cause-withheld = withheld
cause-late = late
cause-suspended = suspended
cause-clock = clock
cause-stopped = stopped
cause-spool = spool
cause-damaged = damaged
cause-import = import


## Parts of several pages

page-all = all
page-unknown = unknown
page-absent = absent
page-never = never
page-presumed = (presumed)
page-from-to = { $from } to { $to }
page-copy = Copy
page-command = The same on the command line
page-download = Download:
page-csv-for-excel = CSV for Excel
page-to-board = To the board
# Which part of a long list a page shows, and the links to the others.
page-part = People { $from } to { $to } of { $total } are on this page.
page-number = Page { $number }
# Below every page: what it rests on.
page-rests-on = As of position { $position }, snapshot { $snapshot }; last sweep { $moment }.
page-rests-on-no-sweep = As of position { $position }, snapshot { $snapshot }; never observed.
page-times = Times are in { $zone } (zone data { $version }).
page-so-far = So far: { $time } of the window are still to come, and count nowhere.
page-known-at-position = This is what was known at position { $position }: what was recorded later is left out.
page-known-at = This is what was known at { $moment }: what was recorded later is left out.
# Where a sweep or an event comes from.
page-source-poll = poll
page-source-push = push
page-source-import = import
# The end of the slider with which a picture is shown as it was known earlier.
known-now = now
script-copied = Copied
# The text was not copied, but is selected, so that the usual keys copy it.
script-selected = Selected


## The board: everyone now

board-how-many = How many
board-blind = Nothing is known now: { $why }
# Behind a colon; "when" is such as 3m ago.
board-blind-why = no data since the sweep { $when }, at { $moment }; the collector may have stopped.
board-fresh = It is { $now } in { $zone }. The last sweep was { $when }, at { $moment }.
board-no-sweep = No sweep has been recorded yet.
board-reload = Load the page again to see what has changed.
board-nobody = Nobody is chosen here: choose another team, or clear the fields above.
board-everybody = Everybody
board-everybody-now = Everybody now
board-who = Who
board-since = Since
board-seen = Seen
board-also = Also
# On small screens, before a time such as 3m ago.
board-narrow-seen = seen
board-for-less = for less than a minute
board-for = for { $time }
# 5 extensions: 3 Available, 2 Busy; 4 of them on this page
board-told = { $count ->
    [one] { $count } extension: { $values }
   *[other] { $count } extensions: { $values }
}
board-count = { $count } { $value }
board-told-part = { $told }; { $count } of them on this page
board-only = Only
board-order = Order
board-order-team = team, number
board-order-name = name
board-order-status = status
board-order-longest = longest in it
board-download-of-all = { $format } of everyone chosen, whatever their status
board-picture = today's picture
script-live = Live
script-not-live = Not live: { $why }
script-not-live-no-answer = Not live: the server does not answer; trying again
script-not-live-connecting = Not live: connecting again


## The list of people

people-caption = People, by extension number
people-which = Which
people-alone = people
people-all-types = all extensions


## A person

# What someone is called whose name, or whose number too, is not known.
person-extension = Extension { $number }
person-id = id { $id }
person-name = Name
person-number = Number
person-extension-number = Extension number
person-extension-id = Extension id
person-department = Department
person-site = Site
person-queues = Queues
person-zone = Time zone
person-zone-assumed = { $zone } (assumed)
person-type = Type
person-now = Now
person-presumed = { $value }, presumed since the last sweep
person-last-sweep = Last sweep at the account
person-day = Day
person-day-by-day = { $name } day by day
person-totals = Totals
person-totals-all-hours = How long each value held on each day, with its bounds; all hours count.
person-totals-hours = How long each value held on each day, with its bounds; hours: { $hours }.
person-changes-none = None from { $from } to { $to }, times in { $zone }.
person-changes-all = All { $count } from { $from } to { $to }, times in { $zone }.
person-changes-first = The first { $count } from { $from } to { $to }, times in { $zone }; the downloads have all.
person-changes-as = changes as { $format }
person-intervals-as = intervals as { $format }
person-who-asked = Who asked
person-nobody-asked = Nobody has asked about this person over the network in the last 28 days.
person-looks = Who asked about this person over the network in the last 28 days, the latest first
person-all-looks = All of the access log about this person


## Changes

changes-all = { $count ->
    [one] { $count } change from { $from } to { $to }, times in { $zone }.
   *[other] { $count } changes from { $from } to { $to }, times in { $zone }.
}
changes-next = The next { $count } changes from { $from } to { $to }, times in { $zone }; the downloads have all.
changes-later = Later →
changes-status = Status
changes-kind = Kind
changes-kind-changed = a state changed
changes-kind-profile = a profile changed
changes-kind-appeared = someone appeared
changes-kind-disappeared = someone disappeared
changes-caption = Every change, as it was recorded
changes-seen = Seen
changes-who = Who
changes-not-before = Not before
changes-what = What changed
changes-source = Source
changes-position = Position


## Proof: why a state is known

explain-hint = Name a person and a time: this page shows the state that was known then, and why: the rule, the sweeps and the events that decide.
explain-person = Name or number
explain-time = Time
# Between a name and a value.
explain-at = at { $moment }:
explain-by-facet = By facet { $name }; so since { $since }.
explain-by-policy = By policy { $name }; so since { $since }.
explain-changes = All changes around this time
explain-sweeps = The sweeps that decide
explain-more-sweeps = { $count } more sweeps lie between these.
explain-sweep = Sweep
explain-began = Began
explain-ended = Ended
explain-by = By
explain-sweep-status = Status
explain-valid-for = Valid for
explain-of-person = Of this person
explain-status-complete = complete
explain-status-partial = partial
explain-status-failed = failed
explain-status-skipped = skipped
# What a sweep showed of a person; "lacked": complete, without the person; "gone": the sweep that confirmed it.
explain-outcome-observed = observed
explain-outcome-lacked = lacked
explain-outcome-gone = gone
explain-outcome-missed = missed
explain-outcome-nothing = nothing
explain-events = The events that decide
explain-event = Event
explain-rules = The rules of the policy, in order
explain-rule = Rule
explain-when = When
explain-here = Here
explain-holds = holds
explain-does-not-hold = does not hold
explain-may-hold = unknown
explain-queue = Queue { $queue }
queue-signed-in = signed in
queue-signed-out = signed out
queue-no-member = not a member
queue-not-said = member; the platform did not say whether signed in
queue-unknown = unknown: no sweep of the queue covers this time
queue-presumed = { $standing } (presumed)
explain-facts = What the rules asked for
explain-what = What
explain-value = Value
explain-since = Since


## The access log

access-log-title = Access log
access-log-what = What was asked of this server over the network; what was asked again within an hour is one entry. Who can open the store directly leaves no trace here.
access-log-caption = Who asked about whom, the latest first
access-log-none = No such entry is there.
access-log-entries = Entries
access-log-earlier = Earlier entries →
access-log-since = From
access-log-last = Last
access-log-who = Who
access-log-asked = Asked
access-log-time = About the time
access-log-about = About
access-log-times = Times
access-log-present = the present
access-log-everybody = everybody
access-log-more = { $count } more


## Who can take a call

routing-hint = The first is to be asked first. Anyone whose state is unknown is left out.
routing-classes = Classes and more
routing-who-counts = Who counts
routing-class-free = Class that is free
routing-seen-within = Seen within
routing-at-most = At most
routing-types = Extension types
routing-can = { $count ->
    [one] { $count } extension can take a call; by { $by }.
   *[other] { $count } extensions can take a call; by { $by }.
}
routing-can-others = { $count ->
    [one] { $count } extension can take a call, { $others }; by { $by }.
   *[other] { $count } extensions can take a call, { $others }; by { $by }.
}
# The others, with commas between them.
routing-more-could = { $count } more could
routing-other-class = { $count } in another class
routing-unknown = { $count } unknown
routing-too-old = { $count } seen too long ago
routing-absent = { $count } absent
routing-caption = Who can take a call, the first to be asked first
routing-rank = Rank
routing-class = Class
routing-since = Since
routing-for = For
routing-seen = Seen
routing-presumed = { $class } (presumed)
routing-just-now = just now


## When some people are free together

meet-hint = Name some people, with commas between them, or choose a team: this page lists the times at which all of them were free in the same slots of the last weeks, the best first.
meet-slots = Slots
meet-slots-and-more = Slots and more
meet-length = Length
meet-weeks-back = Weeks back
meet-hours = Hours
meet-free-now = { $name } (free now)
meet-not-free-now = { $name } (not free now)
meet-unknown-now = { $name } (unknown now)
meet-told = { $weeks ->
    [one] { $people }; looking back { $weeks } week, slots of { $length } by the clocks of { $zone }.
   *[other] { $people }; looking back { $weeks } weeks, slots of { $length } by the clocks of { $zone }.
}
meet-caption = Slots in which all were free together, the best first
meet-from = From
meet-to = To
meet-free-together = Free together
meet-weeks-known = Weeks known
meet-weeks-of = { $count } of { $all }
meet-possible = Possible
meet-it-was = Was
meet-was-free = free
meet-was-busy = busy
meet-was-unknown = unknown


## Policies

policies-what = A policy decides what a state counts as. It is applied when a question is asked, to all of the past; nothing that is recorded changes.
policies-try-rules = Try rules
policies-box = Rules as they would stand in the configuration file
policies-try = Try on this time
policies-trial-caption = How long each class would have held
policies-keep = To keep the policy, add these lines to the configuration file:
policies-all = All policies
policies-built-in = built in
policies-of-file = of the configuration file
# Before the digest itself.
policies-digest = digest
# Before and behind a command.
policies-not-well-formed = It is not well-formed:
policies-check-shows = shows why.
policies-caption = The first rule that holds decides
policies-rule = Rule
policies-when = When
policies-counts-as = Counts as
policies-name = Name
policies-value-of = the value of { $facet }
policies-team = The team by it
policies-try-change = Try a change


## The API

# Before a link to a file.
api-what = What can be asked over HTTP, with a form to try it. Programs read the same from
api-everything = Everything that can be asked
api-left-empty = What is left empty is not sent.
# Before the name of a header.
api-header = As a header,
api-show-request = Show the request
api-stop = Stop
api-request = The request
api-import = What is recorded stays for good, so it is not sent from here, but with this line.
api-answer = The answer
api-body = The body of the answer
# What the values of a parameter are.
api-text = text
api-texts = text, one a line
api-number = number
api-number-from-to = number from { $least } to { $most }
api-flag = true or false
api-word = one of these
api-words = any of these
api-required = { $kind }, required
api-usually = { $kind }, usually { $value }
api-not-given = not given
script-try-send = Send
script-try-asking = Asking…
script-try-stopped = Stopped.
script-try-no-answer = The server does not answer.
# The status is such as 200 OK. "Cut": not all of the body was read.
script-try-until-now = { $status }, { $size } bytes until now
script-try-done = { $status }, { $size } bytes in { $time } ms
script-try-done-cut = { $status }, { $size } bytes so far in { $time } ms
script-try-stopped-then = { $status }, { $size } bytes, then stopped
script-try-stopped-then-cut = { $status }, { $size } bytes so far, then stopped
script-try-part = { $told }. The first { $count } letters are shown; the link to the request opens all of it
script-try-no-text = This is no text: the link to the request opens or saves it.
script-try-picture = The answer as a picture; what it is drawn with stands below


## Signing in

sign-in = Sign in
sign-in-with = Sign in with { $provider }
sign-in-what = This is the presence history of a RingCentral account, for people who have a token or a link from its administrator.
sign-in-who-sees = You see the people that your token allows; what you ask is recorded in the access log.
sign-in-token = Token
# Before the command that creates a token; then before and behind the one that starts the server.
sign-in-create = You administer it? Create a token with
sign-in-serve = When it starts,
sign-in-serve-link = prints a link that signs you in.
sign-in-link-used = This link was used before, or is older than ten minutes. Start `presence serve` again for a new one, or sign in with a token: `presence token create NAME --scope read` makes one.
sign-in-token-unknown = The token is unknown, has expired or was revoked.
sign-in-token-may-not-read = This token may not read; pages take one with the scope read.
sign-in-provider-unavailable = The identity provider does not answer as it should; the server's log says how.
sign-in-no-answer = This is no answer to a request of this browser, or it came too late. Sign in again.
sign-in-not-let-in = The identity provider did not let you in.
sign-in-no-rights = Your account is known but has no rights on this server. Ask its administrator.


## What the built-in policies are for

policy-aggregated = the platform's own aggregate, as it is
policy-direct_calls = who can take a call to their own number
policy-queue_calls = who can take a call of a queue they are in
policy-on_call = who is on a call, phone or contact centre
policy-in_meeting = who is in a RingCentral meeting
policy-reachable = who can be reached at all, by any kind of call
policy-queue_ready = who is ready for the next call of a queue: signed in, and free
policy-queue_sign_in = who is signed in to a queue, whatever else they do


## What a change changed: fields of a profile, by their names in data

field-extension_number = Number
field-name = Name
field-type = Type
field-status = Account status
field-department = Department
field-site = Site
field-time_zone = Time zone
field-queues = Queues
change-appeared = appeared: { $values }
change-disappeared = disappeared
change-from-to = { $field }: { $from } → { $to }


## What else is known of someone now

# What the person has chosen, where that is not the status.
details-chosen = chosen: { $value }
details-in-a-meeting = in a meeting
details-message = “{ $message }”


## Why a state is known or not; "it" is the person's state

because-snapshot = snapshot { $number } ({ $moment })
because-bracketed = Known: { $earlier } saw it, and { $later } followed { $apart } later; a sweep is valid for { $valid }, so the two bracket the time between, and what the first saw is taken to last until the second.
because-presumed = Presumed: { $earlier } is the last sweep that saw it; at { $now } that was { $apart } ago, and a sweep is valid for { $valid }. No later sweep has confirmed it, so it counts in no minimum.
because-gap = Unknown: between { $earlier }, which saw it, and { $later }, the next that told of it, lie { $apart }; a sweep is valid for { $valid }, so nothing brackets the time between, and a gap is never filled.
because-stale = Unknown: { $earlier } is the last sweep that saw it; at { $now } that was { $apart } ago, and a sweep is valid for { $valid } only.
because-absent = Absent: { $earlier } was complete and lacked it, and { $later } followed { $apart } later; a sweep is valid for { $valid }.
because-absent-presumed = Absent, presumed: { $earlier } was complete and lacked it; at { $now } that was { $apart } ago, and a sweep is valid for { $valid }.
because-lacked = Absent: complete sweeps lacked it.
because-seen = Known: { $earlier } saw it at that very moment.
because-nothing-before = Unknown: no sweep up to then saw it; the next one that did is { $later }.
because-nothing = Unknown: no sweep says anything about it.
because-doubt = In doubt: it may have been { $value } already. The change was seen at { $seen } (event { $position }) and cannot have been before { $earliest }: the moment lies between, and counts for both in the maximum and for neither in the minimum.
because-doubt-gone = In doubt: it may have been gone, or without a value already. The change was seen at { $seen } (event { $position }) and cannot have been before { $earliest }: the moment lies between, and counts for both in the maximum and for neither in the minimum.
