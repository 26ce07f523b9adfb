#!/usr/bin/env bash
# Builds a streaming replica: ops/replica/make-replica.sh NAME DATA_DIRECTORY, as the owner of PostgreSQL's files.
# PGHOST, PGPORT, PGUSER (with REPLICATION) and PGPASSFILE lead to the primary. NAME becomes its slot and the name that
# synchronous_standby_names of the primary knows it by. The replica is not started.
set -euo pipefail

name=${1:?usage: make-replica.sh NAME DATA_DIRECTORY} data=${2:?usage: make-replica.sh NAME DATA_DIRECTORY}
[[ "$name" =~ ^[a-z0-9_]{1,63}$ ]] || { echo "make-replica: NAME: expected a-z, 0-9 and _" >&2; exit 1; }
# shellcheck source=ops/pg-bin.sh
. "$(dirname "${BASH_SOURCE[0]}")/../pg-bin.sh"
pg_bin=$(pg_bin_for "$data")
# A link that was cut and is whole again is used at once, instead of when TCP tries again: both ends give up after 20 s of
# silence (which frees the slot, too), and the replica then asks again and again.
connection="application_name=$name connect_timeout=5 tcp_user_timeout=20000 options='-c wal_sender_timeout=20s'"
# --write-recovery-conf writes standby.signal and the connection to the primary.
"$pg_bin/pg_basebackup" -d "$connection" -D "$data" --write-recovery-conf --create-slot --slot "$name" \
  --checkpoint fast --wal-method stream
