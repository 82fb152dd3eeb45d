
# What only the program knows (people, policies, calendars, saved questions) goes before what is written above.
_presence_known() {
    _presence "$@"
    local -a asked=("${COMP_WORDS[@]:1:COMP_CWORD}")
    # Words are as they were typed: what was put in front of blanks goes.
    asked=("${asked[@]//\\/}")
    local -a found=()
    local last=$((${#asked[@]} - 1)) text about
    local after_at=
    # Bash takes "@name" apart into "@" and "name".
    if [[ $last -ge 0 && ${asked[last]} == @ ]]; then
        after_at=1
    elif [[ $last -ge 1 && ${asked[last - 1]} == @ ]]; then
        asked=("${asked[@]:0:last - 1}" "@${asked[last]}")
        after_at=1
    fi
    while IFS=$'\t' read -r text about; do
        [[ -n $after_at ]] && text=${text#@}
        found+=("$(printf '%q' "$text")")
    done < <("${COMP_WORDS[0]}" complete -- "${asked[@]}" 2>/dev/null)
    if [[ ${#found[@]} -gt 0 ]]; then
        COMPREPLY=("${found[@]}")
    fi
}
complete -F _presence_known -o bashdefault -o default presence
