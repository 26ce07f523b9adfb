#!/usr/bin/env bash
# The writing region is lost: makes this one, which reads a copy, the writing region. To be run as root on the machine of the
# copy. What the lost region acknowledged and had not sent yet is lost; follow.sh brings it back.
#
#   ops/region/fail-over.sh [--dry-run] --lost-is-gone [--data DIRECTORY] [--settings DIRECTORY]
#
# Two regions that both take writes are worse than none: --lost-is-gone says that somebody made sure that the other one's
# machines are off, or cut off for good. On Kubernetes k8s/scripts/fail-over.sh does this.
set -euo pipefail
# shellcheck source=ops/region/common.sh
. "$(dirname "$0")/common.sh"

is_gone=''
while [ $# -gt 0 ]; do
  case "$1" in
    --dry-run) dry_run=1; shift ;;
    --lost-is-gone) is_gone=1; shift ;;
    --data) need_value "$@"; data=$2; shift 2 ;;
    --settings) need_value "$@"; settings=$2; shift 2 ;;
    *) fail "usage: ops/region/fail-over.sh [--dry-run] --lost-is-gone [--data DIRECTORY] [--settings DIRECTORY]" ;;
  esac
done
[ -n "$is_gone" ] || fail "make sure that nobody can write in the other region any more, and say --lost-is-gone"
[ -d "$settings/writing" ] || fail "$settings/writing: there are no settings for that role"

say "1. nobody can write in the lost region any more: you said so"
say "2. this region's PostgreSQL takes writes"
as_postgres "$here/../replica/promote.sh" "$data"
say "3. consumers, workers and the notifier run here; connection strings lead here"
take_role writing
say "4. left to you: public DNS leads to this region alone; follow.sh in the other one before its services start again"
