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
