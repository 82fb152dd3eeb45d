
# What only the program knows (people, policies, calendars, saved questions) goes before what is written above.
_presence_known() {
    local -a asked=("${(@Q)words[2,CURRENT]}") found=()
    local line text about
    for line in "${(@f)$("${words[1]}" complete -- "${asked[@]}" 2>/dev/null)}"; do
        [[ -n $line ]] || continue
        text=${line%%$'\t'*}
        about=${line#*$'\t'}
        found+=("${text//:/\\:}:$about")
    done
    if (( ${#found} )); then
        _describe -V 'presence' found
    else
        _presence "$@"
    fi
}
