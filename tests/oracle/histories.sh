#!/usr/bin/env bash
# Runs every example project's history on PostgreSQL and compares what it leads to with the declared schema.
#
#   tests/oracle/histories.sh [PROJECT...]
#
# Needs the server programs of PostgreSQL 15 or later; postgres.sh finds them. Starts a server of its own, on a socket in
# a temporary folder. seed/<version>.sql is loaded once that version is applied, so that what fills columns has rows to
# fill. Exits with 1 when a history fails, its dump differs from the schema's, or there is no server.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
source "$root/tests/oracle/postgres.sh"
bin=$(need_postgres)
work=$(mktemp -d)
if [ "$(id -u)" -eq 0 ]; then chown "$(server_user)" "$work"; fi
cd "$work"
stop() {
    as_server "$bin/pg_ctl" -D "$work/data" -m immediate stop >"$work/stop" 2>&1 || true
    rm -rf "$work"
}
trap stop EXIT

start() {
    as_server "$bin/initdb" -D "$work/data" -A trust -U postgres -E UTF8 --locale=C >"$work/initdb"
    as_server "$bin/pg_ctl" -D "$work/data" -l "$work/log" -w \
        -o "-c listen_addresses='' -c fsync=off -k '$work'" start >"$work/start"
    export PGHOST=$work PGUSER=postgres PGOPTIONS="-c client_min_messages=warning"
}

run() {
    "$bin/psql" -X -q -v ON_ERROR_STOP=1 "$@" >"$work/output"
}

# The statements of a migration that are bound to one tenant; in these projects a semicolon ends a line.
bound_statements() {
    awk -v RS=';[ ]*\n' "/:'tenant_id'/ { print \$0 \";\" }" "$1"
}

history() { # database, migrations, seeds, tenants: the first runs whole files, the others what is bound to a tenant
    local database=$1 migrations=$2 seeds=$3 first=$4 file tenant version
    shift 4
    for file in "$migrations"/*.sql; do
        run -d "$database" -v tenant_id="$first" -f "$file"
        for tenant in "$@"; do
            bound_statements "$file" | run -d "$database" -v tenant_id="$tenant"
        done
        version=$(basename "$file")
        version=${version%%_*}
        if [ -f "$seeds/$version.sql" ]; then run -d "$database" -f "$seeds/$version.sql"; fi
    done
}

dump() { # without the lines that carry a random key
    "$bin/pg_dump" -s "$1" | sed '/^\\restrict/d; /^\\unrestrict/d'
}

check() { # project, part of it or ".", tenants
    local project=$1 part=$2 database=${1//[^a-z]/_}_${2//[^a-z]/_} file
    shift 2
    run -d postgres -c "CREATE DATABASE ${database}_replayed" -c "CREATE DATABASE ${database}_declared"
    history "${database}_replayed" "$root/fixtures/projects/$project/migrations/$part" \
        "$root/fixtures/projects/$project/seed/$part" "$@"
    for file in "$root/fixtures/projects/$project/schema/$part"/*.sql; do run -d "${database}_declared" -f "$file"; done
    dump "${database}_replayed" >"$work/replayed.sql"
    dump "${database}_declared" >"$work/declared.sql"
    if ! diff "$work/replayed.sql" "$work/declared.sql"; then
        echo "$project/$part: the history does not end in the declared schema"
        return 1
    fi
    echo "$project/$part: $(find "$root/fixtures/projects/$project/migrations/$part" -name '*.sql' | wc -l) migrations, equal"
}

start
projects=("$@")
if [ $# -eq 0 ]; then projects=(shared database_per_tenant hybrid); fi
for project in "${projects[@]}"; do
    case $project in
        shared) check shared . 11111111-1111-4111-8111-111111111111 22222222-2222-4222-8222-222222222222 ;;
        database_per_tenant) check database_per_tenant . ahorn ;;
        hybrid)
            check hybrid shared ahorn birke
            check hybrid tenant ahorn
            ;;
        *)
            echo "no example project is called $project" >&2
            exit 2
            ;;
    esac
done
