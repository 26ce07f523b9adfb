#!/bin/bash
# What the entry point of PostgreSQL's image promises to those who use it, as far as the files here rely on it: a first
# start makes a database and runs what is in /docker-entrypoint-initdb.d on a server that has its socket alone; then the
# server runs with the arguments that were given.
set -euo pipefail

[[ ${1-} != -* ]] || set -- postgres "$@"
[[ ${1-} == postgres ]] || exec "$@"

export POSTGRES_USER=${POSTGRES_USER:-postgres}
export POSTGRES_DB=${POSTGRES_DB:-$POSTGRES_USER}
mkdir -p "$PGDATA"
chmod 0700 "$PGDATA"
if [[ ! -s $PGDATA/PG_VERSION ]]; then
  password=$(<"$POSTGRES_PASSWORD_FILE")
  # initdb wants a name for its user.
  names=$(mktemp -d)
  echo "postgres:x:$(id -u):$(id -g)::$PGDATA:/bin/false" >"$names/passwd"
  echo "postgres:x:$(id -g):" >"$names/group"
  wrapper=$(find /usr/lib -name libnss_wrapper.so)
  read -r -a options <<<"${POSTGRES_INITDB_ARGS-}"
  LD_PRELOAD=$wrapper NSS_WRAPPER_PASSWD=$names/passwd NSS_WRAPPER_GROUP=$names/group \
    initdb --username="$POSTGRES_USER" --pwfile=<(echo "$password") "${options[@]}"
  rm -r "$names"
  printf '\nhost all all all scram-sha-256\n' >>"$PGDATA/pg_hba.conf"
  pg_ctl -D "$PGDATA" -o "-c listen_addresses=''" -w start
  psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres -c "CREATE DATABASE \"$POSTGRES_DB\""
  for file in /docker-entrypoint-initdb.d/*; do
    # shellcheck source=/dev/null
    case "$file" in
      *.sh) if [[ -x $file ]]; then "$file"; else . "$file"; fi ;;
      *.sql) psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -f "$file" ;;
      *) echo "$file is neither a script nor SQL" >&2; exit 1 ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
fi
exec "$@"
