#!/bin/sh
# `presence` for the documents' tests. Questions are asked at the end of the demonstration. Commands that run until they
# are stopped run in the background, on a free port; their output shows the usual port.
. "$DOCUMENT_STATE/settings"

place() { # the address of a database of the document: that of the tests' server
    printf %s "$1" | sed "s|postgres://[a-z]*@[a-z0-9.]*/office|${POSTGRES:-&}|; s|&sslmode=verify-full||"
}

for word do
    shift
    set -- "$@" "$(place "$word")"
done
if [ -n "${PRESENCE_STORE:-}" ]; then
    PRESENCE_STORE="$(place "$PRESENCE_STORE")"
fi

log="$DOCUMENT_STATE/log.$$"

# Runs it in the background, until it has printed a line with this text; remembers the port.
beside() { # beside TEXT ARGUMENT...
    text="$1"
    shift
    : >"$log"
    "$PRESENCE" "$@" >"$log" 2>&1 </dev/null &
    process=$!
    echo "$process" >>"$DOCUMENT_STATE/processes"
    until grep -q "$text" "$log"; do
        if ! kill -0 "$process" 2>/dev/null; then
            cat "$log"
            exit 1
        fi
        sleep 0.05
    done
    sed -n 's|.*http://127.0.0.1:\([0-9]*\).*|\1|p' "$log" | head -n 1 >"$DOCUMENT_STATE/port"
    sed 's|127.0.0.1:[0-9]*|127.0.0.1:'"$USUAL_PORT"'|' "$log"
    exit 0
}

case " $* " in
    *" serve --listen unix:"*)
        beside "Ctrl-C" "$@" ;;
    *" serve "*)
        USUAL_PORT=8080
        beside "sign-in/link" "$@" --listen 127.0.0.1:0 ;;
    *" demo --live "*)
        USUAL_PORT=8080
        beside "sign-in/link" "$@" --listen 127.0.0.1:0 --extensions 12 --days 1 ;;
    *" simulate "*"--into "*) ;;
    *" simulate "*)
        USUAL_PORT=8180
        beside "Ctrl-C" "$@" --listen 127.0.0.1:0 ;;
    *" collect "*"--once "*)
        exec "$PRESENCE" "$@" ;;
    *" collect "*)
        # Until it has printed something; then it is stopped.
        "$PRESENCE" "$@" >"$log" 2>&1 </dev/null &
        process=$!
        echo "$process" >>"$DOCUMENT_STATE/processes"
        until [ -s "$log" ]; do
            kill -0 "$process" 2>/dev/null || break
            sleep 0.05
        done
        kill -s TERM "$process"
        wait "$process"
        code=$?
        cat "$log"
        exit "$code" ;;
    " demo ")
        # It is the same whenever it is made, and takes a while.
        if [ -n "$DEMONSTRATION" ]; then
            cp "$DEMONSTRATION/demo.db" demo.db && chmod 600 demo.db
            exec cat "$DEMONSTRATION/printed"
        fi ;;
esac
# Questions to the platform are asked at the platform's time.
case " $* " in
    *" init "* | *" doctor "* | *" get "* | *" set "*) exec "$PRESENCE" "$@" ;;
esac
exec "$PRESENCE" ${NOW:+--now "$NOW"} "$@"
