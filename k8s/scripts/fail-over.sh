#!/usr/bin/env bash
# The writing region is lost: makes the other one the writing region. Everything that the lost region acknowledged and
# had not sent yet is lost (docs/multi-region.md says how much that is); fail-back.sh brings the lost region back.
#
#   k8s/scripts/fail-over.sh [--dry-run] --survivor CONTEXT (--lost CONTEXT | --lost-is-gone)
#
# Two regions that both take writes are worse than none: with --lost its PostgreSQL is fenced first, and the script ends
# if that fails. --lost-is-gone says that somebody made sure by other means: its machines are off, or cut off for good.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=k8s/scripts/common.sh
. "$here/common.sh"

survivor='' lost='' is_gone=''
while [ $# -gt 0 ]; do
  case "$1" in
    --dry-run) dry_run=1; shift ;;
    --survivor) need_value "$@"; survivor=$2; shift 2 ;;
    --lost) need_value "$@"; lost=$2; shift 2 ;;
    --lost-is-gone) is_gone=1; shift ;;
    *) fail "usage: k8s/scripts/fail-over.sh [--dry-run] --survivor CONTEXT (--lost CONTEXT | --lost-is-gone)" ;;
  esac
done
[ -n "$survivor" ] || fail "--survivor is missing: the context of the region that is to take writes"
[ -n "$lost" ] || [ -n "$is_gone" ] || fail "say --lost CONTEXT, or --lost-is-gone when nobody can reach it any more"
[ -z "$lost" ] || [ -z "$is_gone" ] || fail "either --lost or --lost-is-gone, not both"
[ "$survivor" != "$lost" ] || fail "--survivor and --lost are the same context"

region=$(setting "$k8s/overlays/region-replica/region.properties" REGION)
[ -n "$region" ] || fail "overlays/region-replica/region.properties names no REGION"
work=$(exchanged)
trap 'rm -rf "$work"' EXIT

if [ -n "$lost" ]; then
  say "1. the lost region's PostgreSQL takes no more writes"
  kube "$lost" annotate cluster.postgresql.cnpg.io postgres 'cnpg.io/fencedInstances=["*"]' --overwrite
else
  say "1. nobody can write in the lost region any more: you said so"
fi
say "2. $region takes writes"
kube "$survivor" patch cluster.postgresql.cnpg.io postgres --type merge -p "{\"spec\":{\"replica\":{\"primary\":\"$region\"}}}"
wait_for_primary "$survivor"
say "3. consumers, workers and the notifier run here; connection strings lead here"
deploy "$survivor" "$work/k8s/overlays/region-primary"
say "4. left to you: public DNS leads to $region alone; exchange the two region.properties files and commit that; then fail-back.sh"
