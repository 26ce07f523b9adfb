#!/bin/bash
# Gives each service's role its password, from files named after the roles. The server's image runs it once, after
# schemas.sql, when the data directory is new.
set -euo pipefail
folder=${POSTGRES_PASSWORDS:-/run/secrets/postgres}
for service in catalog pricing notifier edge monitoring; do
  [ -s "$folder/$service" ] || { echo "passwords.sh: $folder/$service is missing or empty" >&2; exit 1; }
  # psql reads the file itself, so that no password is seen in a list of processes.
  # shellcheck disable=SC2016
  printf '\\set password `cat %s`\nALTER ROLE %s PASSWORD :'"'password'"';\n' "$folder/$service" "$service" |
    psql -X -q -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB"
done
