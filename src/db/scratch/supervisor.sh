# Runs one scratch server for tenet, and takes everything with it when its standard input ends: tenet is done, or dead.
#
#   sh -c "$(cat supervisor.sh)" supervisor FOLDER TEMPLATE COPY BIN ARGUMENTS-OF-POSTGRES...
#
# FOLDER is made. TEMPLATE is a data directory to copy, or empty; COPY is where a fresh one is kept, or empty. Whatever
# goes wrong is said on standard output, which stays open as long as the server runs.

folder=$1 template=$2 copy=$3 bin=$4
shift 4

# Ctrl-C is for tenet, which may still need the server.
trap '' HUP INT TERM
umask 077
exec 2>&1

prepare() {
    mkdir "$folder" || return
    if [ -n "$template" ]; then
        if cp -R "$template" "$folder/data"; then return; fi
        rm -rf "$folder/data"
    fi
    "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C --wal-segsize=1 --no-sync \
        >"$folder/log" || return
    if [ -n "$copy" ] && ! cp -R "$folder/data" "$copy"; then rm -rf "$copy"; fi
}

alive() { kill -0 "$server"; }

server=
if prepare; then
    "$bin/postgres" -D "$folder/data" -k "$folder" "$@" 3>&1 >"$folder/log" 2>&1 &
    server=$!
fi
exec >/dev/null 2>&1
read -r nothing

if [ -n "$server" ]; then
    # Until it has written down its number, the server ignores signals, as what the shell runs beside itself does.
    tries=0
    while [ $tries -lt 100 ] && alive && [ ! -s "$folder/data/postmaster.pid" ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
    kill -QUIT "$server"
    wait "$server"
fi
rm -rf "$folder"
if [ -n "$copy" ]; then rm -rf "$copy"; fi
