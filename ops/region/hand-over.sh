#!/usr/bin/env bash
# Ends the writing in this region so that nothing is lost: its services stop, then PostgreSQL, which first sends all that it has to
# the copy. To be run as root on the machine of the writing region; then fail-over.sh in the other one, and follow.sh here.
#
#   ops/region/hand-over.sh [--dry-run] [--data DIRECTORY] [--settings DIRECTORY]
set -euo pipefail
# shellcheck source=ops/region/common.sh
. "$(dirname "$0")/common.sh"

while [ $# -gt 0 ]; do
  case "$1" in
    --dry-run) dry_run=1; shift ;;
    --data) need_value "$@"; data=$2; shift 2 ;;
    --settings) need_value "$@"; settings=$2; shift 2 ;;
    *) fail "usage: ops/region/hand-over.sh [--dry-run] [--data DIRECTORY] [--settings DIRECTORY]" ;;
  esac
done
[ ! -e "$data/standby.signal" ] || fail "$data is a copy: writing is handed over by the other region"

if [ -z "$dry_run" ]; then
  following=$(runuser -u postgres -- psql -XAtq -d postgres -c "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'")
  [ "$following" != 0 ] || fail "no copy follows: nobody would get what is sent"
fi

say "1. what writes stops here"
run systemctl stop "${units[@]}"
say "2. PostgreSQL sends what it has to its copy, and ends"
run systemctl stop postgresql
say "3. left to you: fail-over.sh --lost-is-gone in the other region, then follow.sh here"
