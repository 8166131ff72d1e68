# Keeps one server: whoever holds the other end of standard input gives orders, and when it is gone, so is the server.
# Arguments: a folder of the keeper's own, removed at the end; the program; its arguments.
trap '' HUP INT QUIT TERM PIPE
exec 4>&2 2>/dev/null
folder=$1
shift
job=

start() {
    rm -f "$folder/process" "$folder/ended"
    {
        # The shell that tells its number becomes the server.
        sh -c 'echo $$ >"$0/new" && mv "$0/new" "$0/process" && echo "started $$" && exec "$@" >&4 2>&4 4>&-' "$folder" "$@"
        status=$?
        echo "$status" >"$folder/ended"
        echo "ended $status"
    } </dev/null &
    job=$!
}

runs() {
    [ -e "$folder/process" ] && [ ! -e "$folder/ended" ]
}

send() {
    runs && kill -s "$1" "$(cat "$folder/process")"
}

# A signal is on its way when `kill` returns; the process may still run on another processor.
until_stopped() {
    while grep -q '^State:.[RSD]' "/proc/$(cat "$folder/process")/status"; do :; done
}

while read -r order; do
    case $order in
        start) start "$@" ;;
        stop) if send STOP; then until_stopped; echo done; else echo refused; fi ;;
        continue) if send CONT; then echo done; else echo refused; fi ;;
        kill) if send KILL; then wait "$job"; echo done; else echo refused; fi ;;
    esac
done

if [ -n "$job" ]; then
    until [ -e "$folder/process" ] || [ -e "$folder/ended" ]; do :; done
    send KILL
    wait "$job"
fi
rm -rf "$folder"
