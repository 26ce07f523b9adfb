#!/usr/bin/env bash
# Builds a streaming replica: ops/replica/make-replica.sh NAME DATA_DIRECTORY, as the owner of PostgreSQL's files.
# PGHOST, PGPORT, PGUSER (with REPLICATION) and PGPASSFILE lead to the primary. NAME becomes its slot and the name that
# synchronous_standby_names of the primary knows it by. The replica is not started.
set -euo pipefail

name=${1:?usage: make-replica.sh NAME DATA_DIRECTORY} data=${2:?usage: make-replica.sh NAME DATA_DIRECTORY}
[[ "$name" =~ ^[a-z0-9_]{1,63}$ ]] || { echo "make-replica: NAME: expected a-z, 0-9 and _" >&2; exit 1; }
pg_bin=${PG_BIN:-$(pg_config --bindir)}
# --write-recovery-conf writes standby.signal and the connection to the primary, which the name goes into.
"$pg_bin/pg_basebackup" -d "application_name=$name" -D "$data" --write-recovery-conf --create-slot --slot "$name" \
  --checkpoint fast --wal-method stream
