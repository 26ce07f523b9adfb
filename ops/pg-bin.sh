# shellcheck shell=bash
# To be sourced: `pg_bin_for DATA_DIRECTORY` tells where PostgreSQL's programs are that fit a data directory. PG_BIN says it
# otherwise. Debian has a folder for each major version and none of it in PATH; without a data directory it is the newest.
pg_bin_for() {
  local major folder
  if [ -n "${PG_BIN-}" ]; then
    echo "$PG_BIN"
    return
  fi
  major=$(cat "$1/PG_VERSION" 2>/dev/null || true)
  folder=$(compgen -G "/usr/lib/postgresql/${major:-*}/bin" | sort -V | tail -n 1 || true)
  if [ -n "$folder" ]; then
    echo "$folder"
  elif command -v pg_ctl >/dev/null; then
    dirname "$(command -v pg_ctl)"
  else
    echo "PostgreSQL's programs are not found: set PG_BIN to the folder of pg_ctl" >&2
    return 1
  fi
}
