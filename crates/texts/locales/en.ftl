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
