# Differences that are intended, as a sed script: scripts/compare-answers applies it to the answers of both programs before it
# compares them. An example, of a word that was renamed:
#     s/\blook\b/sweep/g
