#!/usr/bin/env bash
# Brings a region back that was lost, in two steps with as much time between them as you like.
#
#   k8s/scripts/fail-back.sh [--dry-run] rebuild --from CONTEXT --to CONTEXT    the region follows again, from nothing
#   k8s/scripts/fail-back.sh [--dry-run] switch  --from CONTEXT --to CONTEXT    it takes the writes; nothing is lost
#
# --from takes writes now, --to is to take them. The region.properties files of the overlays are as they are to be in the end:
# --to in region-primary, --from in region-replica. `rebuild` destroys the database in --to, which has a history that
# ended: it asks for the region's name on standard input. While `switch` runs, for about a minute, nobody takes writes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=k8s/scripts/common.sh
. "$here/common.sh"

step='' from='' to=''
while [ $# -gt 0 ]; do
  case "$1" in
    --dry-run) dry_run=1; shift ;;
    --from) need_value "$@"; from=$2; shift 2 ;;
    --to) need_value "$@"; to=$2; shift 2 ;;
    rebuild | switch) [ -z "$step" ] || fail "one step at a time"; step=$1; shift ;;
    *) fail "usage: k8s/scripts/fail-back.sh [--dry-run] rebuild|switch --from CONTEXT --to CONTEXT" ;;
  esac
done
[ -n "$step" ] || fail "say which step: rebuild or switch"
[ -n "$from" ] && [ -n "$to" ] || fail "--from and --to are needed"
[ "$from" != "$to" ] || fail "--from and --to are the same context"
region=$(setting "$k8s/overlays/region-primary/region.properties" REGION)
[ -n "$region" ] || fail "overlays/region-primary/region.properties names no REGION"

rebuild() {
  local work answer
  if [ -z "$dry_run" ]; then
    [ "$(is_following "$from")" = f ] || fail "PostgreSQL in $from does not take writes: nothing to follow"
    read -r -p "The database of $to will be destroyed and copied anew. Type the region's name, $region: " answer
    [ "$answer" = "$region" ] || fail "that is not $region; nothing was done"
  fi
  work=$(exchanged)
  # shellcheck disable=SC2064 # The folder is known now, and local.
  trap "rm -rf '$work'" EXIT
  say "1. what writes stops in $region, and its ended history goes"
  kube "$to" scale deployment "${services[@]}" --replicas=0
  kube "$to" delete cluster.postgresql.cnpg.io postgres --ignore-not-found --wait
  kube "$to" delete pvc -l cnpg.io/cluster=postgres --ignore-not-found --wait
  say "2. $region follows"
  kube "$to" apply -k "$work/k8s/overlays/region-replica"
  kube "$to" wait --for=condition=Ready --timeout=6h cluster.postgresql.cnpg.io/postgres
  kube "$to" scale deployment catalog pricing edge --replicas=2
  for service in catalog pricing edge; do kube "$to" rollout status "deployment/$service" --timeout=10m; done
  say "3. left to you: public DNS may lead to both regions; then: fail-back.sh switch"
}

switch() {
  local token tries=0
  if [ -z "$dry_run" ]; then
    [ "$(is_following "$from")" = f ] || fail "PostgreSQL in $from does not take writes"
    [ "$(is_following "$to")" = t ] || fail "PostgreSQL in $to does not follow: rebuild it first"
  fi
  say "1. the other region stops to take writes, and says where its history ends"
  kube "$from" patch cluster.postgresql.cnpg.io postgres --type merge -p "{\"spec\":{\"replica\":{\"primary\":\"$region\"}}}"
  token=$(asked DEMOTION-TOKEN "$from" get cluster.postgresql.cnpg.io postgres -o 'jsonpath={.status.demotionToken}')
  until [ -n "$token" ]; do
    tries=$((tries + 1))
    [ "$tries" -le 300 ] || fail "$from gave no demotion token within 5 minutes: kubectl cnpg status postgres"
    sleep 1
    token=$(asked DEMOTION-TOKEN "$from" get cluster.postgresql.cnpg.io postgres -o 'jsonpath={.status.demotionToken}')
  done
  say "2. $region takes writes when it has all of it"
  kube "$to" patch cluster.postgresql.cnpg.io postgres --type merge \
    -p "{\"spec\":{\"replica\":{\"primary\":\"$region\",\"promotionToken\":\"$token\"}}}"
  wait_for_primary "$to"
  say "3. each region's services take their new roles"
  deploy "$to" "$k8s/overlays/region-primary"
  deploy "$from" "$k8s/overlays/region-replica"
}
"$step"
