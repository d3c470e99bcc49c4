# Where PostgreSQL's server programs are, and as whom they run; read in by what needs them.

# What installs them on Debian and Ubuntu.
install_postgres="apt-get install --yes --no-install-recommends postgresql"

# Prints the folder that has all of them; fails when there is none.
postgres_bin() {
    local folder program
    for folder in "${PG_BIN:-}" "$(dirname "$(command -v pg_ctl || echo none)")" \
        "$(pg_config --bindir 2>/dev/null || true)" $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -rV); do
        for program in initdb pg_ctl postgres psql pg_dump; do
            if [ ! -x "$folder/$program" ]; then continue 2; fi
        done
        echo "$folder"
        return
    done
    return 1
}

# As postgres_bin, but says what to do.
need_postgres() {
    postgres_bin && return
    echo "no PostgreSQL server was found (initdb, pg_ctl, postgres, psql, pg_dump); install one: $install_postgres" >&2
    return 1
}

# Runs a server program. The server refuses root; its files are then owned by the user that the package made.
as_server() {
    if [ "$(id -u)" -eq 0 ]; then runuser -u "$(server_user)" -- "$@"; else "$@"; fi
}

server_user() {
    if id postgres >/dev/null 2>&1; then echo postgres; else echo nobody; fi
}
