#!/usr/bin/env bash
# Makes a streaming replica the primary: ops/replica/promote.sh DATA_DIRECTORY, as the owner of PostgreSQL's files.
#
# First see to it that the old primary is dead and stays dead: two primaries that both take writes cannot be joined again.
# Where Patroni or CloudNativePG elects the primary, they do this, and this script is not for you.
set -euo pipefail

data=${1:?usage: promote.sh DATA_DIRECTORY}
# shellcheck source=ops/pg-bin.sh
. "$(dirname "${BASH_SOURCE[0]}")/../pg-bin.sh"
pg_bin=$(pg_bin_for "$data")
[ -e "$data/standby.signal" ] || { echo "promote: $data is no replica: it has no standby.signal" >&2; exit 1; }
"$pg_bin/pg_ctl" -D "$data" -w -t "${PROMOTE_TIMEOUT:-60}" promote
# A commit must not wait for a replica that is the primary now.
echo "synchronous_standby_names = ''" >>"$data/postgresql.auto.conf"
"$pg_bin/pg_ctl" -D "$data" reload
