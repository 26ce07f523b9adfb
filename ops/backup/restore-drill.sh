#!/usr/bin/env bash
# Restores the last backup, and the WAL behind it, into a scratch server on this machine, looks at what came back, writes
# figures for the node exporter's textfile collector, and removes the scratch server. Ends with status 1 when anything was
# not as it should be. Runs as the owner of PostgreSQL's files.
#
#   DRILL_FOLDER    where the scratch server lies; made, and removed at the end. Needs room for the whole database
#   METRICS_FOLDER  the collector's folder; no figures when it is unset
#   DRILL_TO        the moment to restore to, such as 2026-02-03T04:05:06Z; default: the end of the archive
#   PGBACKREST_STANZA, PGBACKREST_CONFIG, FIYAT (the executable), PG_BIN (the folder of pg_ctl)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

: "${DRILL_FOLDER:?DRILL_FOLDER must name a folder for the scratch server}"
stanza=${PGBACKREST_STANZA:-fiyatradari}
fiyat=${FIYAT:-fiyat}
# shellcheck source=ops/pg-bin.sh
. "$here/../pg-bin.sh"
data=$DRILL_FOLDER/data
database=${DRILL_DATABASE:-fiyatradari}
started=$SECONDS
success=0
ready_after=0

say() { echo "restore drill: $*"; }

# Whatever happens: the server is stopped, the folder removed, and the figures say how it went.
finish() {
  local status=$?
  [ ! -e "$data/postmaster.pid" ] || "$pg_bin/pg_ctl" -D "$data" -m immediate -w stop >/dev/null || true
  if [ -n "${METRICS_FOLDER-}" ]; then
    local file=$METRICS_FOLDER/fiyatradari_restore_drill.prom
    {
      echo "# HELP fiyatradari_restore_drill_success 1 when the last drill restored a whole database, else 0."
      echo "# TYPE fiyatradari_restore_drill_success gauge"
      echo "fiyatradari_restore_drill_success{stanza=\"$stanza\"} $success"
      echo "# HELP fiyatradari_restore_drill_duration_seconds From the drill's begin to a server that takes writes."
      echo "# TYPE fiyatradari_restore_drill_duration_seconds gauge"
      echo "fiyatradari_restore_drill_duration_seconds{stanza=\"$stanza\"} $ready_after"
      echo "# HELP fiyatradari_restore_drill_timestamp_seconds When the drill ended, in seconds since 1970."
      echo "# TYPE fiyatradari_restore_drill_timestamp_seconds gauge"
      echo "fiyatradari_restore_drill_timestamp_seconds{stanza=\"$stanza\"} $(date +%s)"
    } >"$file.new"
    chmod 0644 "$file.new"
    mv "$file.new" "$file"
  fi
  if [ "$success" = 1 ]; then rm -rf "$data"; else say "failed; its log: $DRILL_FOLDER/server.log" >&2; fi
  exit "$status"
}

[ ! -e "$data" ] || { say "$data is there already: another drill runs, or one failed; look at it and remove it" >&2; exit 1; }
mkdir -p -m 0700 "$DRILL_FOLDER"
trap finish EXIT

say "restoring ${DRILL_TO:-the latest} of $stanza"
"$fiyat" backup restore --stanza "$stanza" ${PGBACKREST_CONFIG:+--config "$PGBACKREST_CONFIG"} \
  --to "${DRILL_TO:-latest}" --into "$data" --scratch
pg_bin=$(pg_bin_for "$data")

# Nobody reaches it but by a socket in a folder of its own. Where the configuration lies outside of the data directory, as in
# Debian's clusters, it is not in the backup; what replay needs no less of than the primary had is in pg_control.
cat >"$data/pg_hba.conf" <<'HBA'
local all all trust
HBA
touch "$data/postgresql.conf" "$data/pg_ident.conf"
for name in max_connections max_worker_processes max_wal_senders max_prepared_xacts max_locks_per_xact; do
  value=$("$pg_bin/pg_controldata" -D "$data" | sed -n "s/^$name setting: *//p")
  name=${name/max_prepared_xacts/max_prepared_transactions}
  echo "${name/max_locks_per_xact/max_locks_per_transaction} = ${value:?pg_controldata tells nothing of $name}"
done >>"$data/postgresql.auto.conf"
cat >>"$data/postgresql.auto.conf" <<CONF
listen_addresses = ''
unix_socket_directories = '$DRILL_FOLDER'
port = 5432
synchronous_standby_names = ''
shared_buffers = '128MB'
CONF

psql_scratch() { psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$DRILL_FOLDER" -p 5432 "$@"; }

"$pg_bin/pg_ctl" -D "$data" -l "$DRILL_FOLDER/server.log" -w -t "${DRILL_TIMEOUT:-14400}" start >/dev/null
# It answers reads while it still replays; whole it is when it takes writes.
deadline=$((SECONDS + ${DRILL_TIMEOUT:-14400}))
until [ "$(psql_scratch -d postgres -c 'SELECT pg_is_in_recovery()')" = f ]; do
  [ "$SECONDS" -lt "$deadline" ] || { say "recovery did not end in time" >&2; exit 1; }
  sleep 0.2
done
ready_after=$((SECONDS - started))
say "the scratch server takes writes after $ready_after s"

violations=$(psql_scratch -d "$database" -f "$here/invariants.sql")
if [ -n "$violations" ]; then
  say "what came back is not whole:" >&2
  echo "$violations" >&2
  exit 1
fi
# Every index against its table, every page's header and checksum on the way.
"$pg_bin/pg_amcheck" --install-missing --heapallindexed -h "$DRILL_FOLDER" -p 5432 -d "$database" >&2

psql_scratch -d "$database" -c "
  SELECT 'products ' || (SELECT count(*) FROM catalog.product) || ', observations '
    || (SELECT count(*) FROM pricing.observation) || ', alerts ' || (SELECT count(*) FROM notifier.alert)
    || ', deliveries ' || (SELECT count(*) FROM notifier.delivery)"
success=1
say "whole, after $((SECONDS - started)) s"
