#!/usr/bin/env bash
# Makes this region follow the other one, from nothing: as a new region, or as one that was lost and is back. To be run as root
# on its machine. Its old database is moved aside, not removed: what it had and the other one never got is there.
#
#   ops/region/follow.sh [--dry-run] --name NAME [--data DIRECTORY] [--settings DIRECTORY]
#
# PGHOST, PGPORT, PGUSER (with REPLICATION) and PGPASSFILE lead to the other region's PostgreSQL. NAME becomes the copy's
# slot there.
set -euo pipefail
# shellcheck source=ops/region/common.sh
. "$(dirname "$0")/common.sh"

name=''
while [ $# -gt 0 ]; do
  case "$1" in
    --dry-run) dry_run=1; shift ;;
    --name) need_value "$@"; name=$2; shift 2 ;;
    --data) need_value "$@"; data=$2; shift 2 ;;
    --settings) need_value "$@"; settings=$2; shift 2 ;;
    *) fail "usage: ops/region/follow.sh [--dry-run] --name NAME [--data DIRECTORY] [--settings DIRECTORY]" ;;
  esac
done
[ -n "$name" ] || fail "--name is missing: what the other region's PostgreSQL knows this one by"
[ -n "${PGHOST:-}" ] || fail "PGHOST is not set: the other region's PostgreSQL"
[ -d "$settings/reading" ] || fail "$settings/reading: there are no settings for that role"

say "1. what writes stops here, and the database whose history ended is moved aside"
run systemctl stop "${units[@]}" postgresql
[ ! -e "$data" ] || run mv "$data" "$data.before-$(date +%Y%m%d-%H%M%S)"
say "2. PostgreSQL follows $PGHOST"
as_postgres "$here/../replica/make-replica.sh" "$name" "$data"
run systemctl start postgresql
say "3. pages and reads from the copy; writes go to the other region"
take_role reading
say "4. left to you: public DNS may lead to both regions; a backup of the other one; the old database may go when it is not missed"
