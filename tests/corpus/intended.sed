# Differences that are intended, as a sed script: scripts/compare-answers applies it to the answers of both programs before it
# compares them. An example, of a word that was renamed:
#     s/\blook\b/sweep/g
# The identity of an answer stands in it.
s/, answer [0-9a-f]\{12\}: presence /: presence /g
/^ *"answer_digest": "[0-9a-f]\{64\}",\{0,1\}$/d
s/,\{0,1\}"answer_digest":"[0-9a-f]\{64\}"//g
/^# answer_digest: /d
# Keys that were renamed stand under both names: the new one goes, the old one is compared. (A program that is older still does
# not know `--view presence_snapshots`.)
/^ *"sweeps_missed": [0-9]*,$/d
/^ *"sweeps": [0-9]*,$/d
/^ *"snapshots_omitted": [0-9]*,$/d
/^ *"observed_\(from\|to\)": "[^"]*",$/d
/^ *"requested_to": "[^"]*",$/d
/^ *"suppressed": "[a-z]*",$/d
/^ *"ambiguity": null,$/d
/^ *"ambiguity": {$/,/^ *},$/d
/^ *"snapshots": \[$/,/^ *\],$/d
/^ *"snapshots": \[\],$/d
s/"\(sweeps_missed\|sweeps\|snapshots_omitted\)":[0-9]*,//g
s/"\(observed_from\|observed_to\|requested_to\|suppressed\)":"[^"]*",//g
s/"ambiguity":\(null\|{[^}]*}\),//g
s/"snapshots":\[[^]]*\],//g
# Columns and words that were renamed.
s/,sweeps_missed$/,looks_missed/
s/,to,shows$/,to,tells/
s/,snapshot,\([0-9]*,[0-9]*,[a-z]*,\)/,look,\1/
s/suppressed/withheld/g
s/presence_snapshots/presence_looks/g
