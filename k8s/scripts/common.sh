# shellcheck shell=bash
# What the scripts of this folder share. `run` shows each command; with --dry-run it does no more than that.

namespace=fiyatradari
dry_run=
k8s=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
services=(catalog pricing pricing-worker notifier edge)

say() { echo "# $*"; }
fail() { echo "$(basename "$0"): $*" >&2; exit 1; }
need_value() { [ $# -ge 2 ] && [ -n "$2" ] || fail "$1 needs a value"; }

run() {
  local word line=''
  for word in "$@"; do
    # Quoted where a shell would read it as anything but itself.
    [[ $word =~ ^[A-Za-z0-9_./:=,@%+-]+$ ]] || word="'${word//\'/\'\\\'\'}'"
    line="$line${line:+ }$word"
  done
  echo "$line"
  [ -n "$dry_run" ] || "$@"
}

# kube CONTEXT ARGUMENTS…: kubectl in the namespace; an empty context is the current one.
kube() {
  local context=$1
  shift
  run kubectl ${context:+--context "$context"} -n "$namespace" "$@"
}

# What a command prints, for decisions; under --dry-run the text given first.
asked() { # asked TEXT CONTEXT ARGUMENTS…
  local text=$1 context=$2
  shift 2
  if [ -n "$dry_run" ]; then
    echo "$text"
  else
    kubectl ${context:+--context "$context"} -n "$namespace" "$@"
  fi
}

overlay_folder() {
  local folder=$1
  [ -d "$folder" ] || folder=$k8s/overlays/$1
  [ -f "$folder/kustomization.yaml" ] || fail "no overlay $1: expected a folder, or one of $(cd "$k8s/overlays" && echo ./* | sed 's|\./||g')"
  echo "$folder"
}

setting() { # setting FILE NAME
  sed -n "s/^$2=//p" "$1"
}

# deploy CONTEXT FOLDER: migrations, then the rest, then wait for the rollouts.
deploy() {
  local context=$1 folder=$2 text service selector=app.kubernetes.io/component=migration
  text=$(kubectl kustomize "$folder") || fail "$folder cannot be built"
  if grep -q '^kind: Job$' <<<"$text"; then
    say "migrations"
    # A Job cannot be changed. With the new ones comes what they need, and all else that is no service.
    kube "$context" delete job -l "$selector" --ignore-not-found
    kube "$context" apply -k "$folder" -l 'app.kubernetes.io/part-of=fiyatradari,!app.kubernetes.io/name'
    kube "$context" wait --for=condition=complete --timeout=1h job -l "$selector"
  fi
  say "services"
  kube "$context" apply -k "$folder"
  for service in "${services[@]}"; do
    kube "$context" rollout status "deployment/$service" --timeout=10m
  done
}

# The role of a region's PostgreSQL: t while it follows another.
is_following() { # is_following CONTEXT
  local pod
  pod=$(kubectl --context "$1" -n "$namespace" get pod -l cnpg.io/cluster=postgres,cnpg.io/instanceRole=primary \
    -o 'jsonpath={.items[0].metadata.name}') || return 2
  kubectl --context "$1" -n "$namespace" exec "$pod" -c postgres -- psql -X -At -c 'SELECT pg_is_in_recovery()'
}

wait_for_primary() { # wait_for_primary CONTEXT
  say "until PostgreSQL in $1 takes writes: SELECT pg_is_in_recovery() is f"
  [ -z "$dry_run" ] || return 0
  local tries=0
  until [ "$(is_following "$1" 2>/dev/null)" = f ]; do
    tries=$((tries + 1))
    [ "$tries" -le 300 ] || fail "PostgreSQL in $1 was not promoted within 5 minutes: kubectl cnpg status postgres"
    sleep 1
  done
}

# exchanged: a copy of k8s/, with what it takes from monitoring/, in which the two regions have exchanged their roles;
# removed at the end.
exchanged() {
  local work overlays
  work=$(mktemp -d)
  overlays=$work/k8s/overlays
  mkdir "$work/k8s" "$work/monitoring"
  cp -R "$k8s/." "$work/k8s"
  cp -R "$k8s/../monitoring/grafana" "$work/monitoring"
  mv "$overlays/region-primary/region.properties" "$work/region.properties"
  mv "$overlays/region-replica/region.properties" "$overlays/region-primary/region.properties"
  mv "$work/region.properties" "$overlays/region-replica/region.properties"
  echo "$work"
}
