
# What only the program knows: people, policies, calendars, saved questions.
function __presence_known
    set -l asked (commandline -opc)[2..-1] (commandline -ct)
    presence complete -- $asked 2>/dev/null
end
complete -c presence -f -a "(__presence_known)"
complete -c presence -l policy -x -a "(__presence_known)"
complete -c presence -l calendar -x -a "(__presence_known)"
complete -c presence -l value -x -a "(__presence_known)"
complete -c presence -l hours -x -a "(__presence_known)"
