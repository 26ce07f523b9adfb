#!/usr/bin/env bash
# Draws the secrets of a deployment at random and writes them to files, one for each, that only this user can read. What
# is there already stays, so that it may be run again when a new secret comes into being; remove a file to draw it anew.
#
#   dev/make-secrets.sh [--for dev|production|compose] [FOLDER]
#
# dev and production write files for k8s/overlays/dev/secrets, compose for compose/secrets.
set -euo pipefail
umask 077
fail() { echo "make-secrets: $*" >&2; exit 1; }
root=$(cd "$(dirname "$0")/.." && pwd)

kind=dev folder=
while [ $# -gt 0 ]; do
  case "$1" in
    --for) [ $# -ge 2 ] || fail "--for needs dev, production or compose"; kind=$2; shift 2 ;;
    -*) fail "usage: dev/make-secrets.sh [--for dev|production|compose] [FOLDER]" ;;
    *) [ -z "$folder" ] || fail "one folder, not two"; folder=$1; shift ;;
  esac
done
case "$kind" in
  dev)
    folder=${folder:-$root/k8s/overlays/dev/secrets/files}
    primary=postgres-rw options='' reads='' redis=redis:6379 ;;
  production)
    folder=${folder:-$root/k8s/overlays/dev/secrets/files}
    # The authorities are where components/cloudnative-pg mounts them.
    primary=postgres-primary options='?sslmode=verify-full&sslrootcert=/run/postgres/primary-ca.crt'
    reads='postgres-reads:5432/fiyatradari?sslmode=verify-full&sslrootcert=/run/postgres/ca.crt'
    redis='redis-0.redis:6379 redis-1.redis:6379 redis-2.redis:6379 redis-3.redis:6379 redis-4.redis:6379 redis-5.redis:6379' ;;
  compose)
    folder=${folder:-$root/compose/secrets}
    primary=postgres options='' reads='' redis=redis:6379 ;;
  *) fail "--for $kind: expected dev, production or compose" ;;
esac
command -v openssl >/dev/null || fail "openssl is missing; run: make bootstrap"

put() { # put NAME TEXT, unless there is one
  local file=$folder/$1
  [ -e "$file" ] && return
  mkdir -p "$(dirname "$file")"
  printf '%s' "$2" >"$file.new"
  mv "$file.new" "$file"
}
draw() { put "$1" "$(openssl rand -hex "${2:-24}")"; }

draw postgres-passwords/postgres
draw postgres-passwords/monitoring
put postgres-monitoring/username monitoring
put postgres-monitoring/password "$(cat "$folder/postgres-passwords/monitoring")"
for service in catalog pricing notifier edge; do
  draw "postgres-passwords/$service"
  password=$(cat "$folder/postgres-passwords/$service")
  put "postgres-$service/username" "$service"
  put "postgres-$service/password" "$password"
  put "$service/database-url" "postgresql://$service:$password@$primary:5432/fiyatradari$options"
  # Empty means none: all reads go to the primary.
  [ "$service" = edge ] || put "$service/database-replica-urls" "${reads:+postgresql://$service:$password@$reads}"
done
# 64 hexadecimal digits, as SECRET_KEYS wants them.
draw notifier/secret-keys 32
draw edge/secret-keys 32
draw edge/admin-token
draw edge/internal-key

for user in admin replication monitoring edge; do draw "redis-acl/$user-password"; done
urls=
for node in $redis; do urls="$urls${urls:+;}redis://edge:$(cat "$folder/redis-acl/edge-password")@$node"; done
put edge/redis-url "$urls"
digest() { printf '%s' "$(cat "$folder/redis-acl/$1-password")" | sha256sum | cut -d' ' -f1; }
# The server holds digests alone. The gateway's user reaches its own keys and channels, and no command that administers.
put redis-acl/users.acl "user default off
user admin on #$(digest admin) ~* &* +@all
user replication on #$(digest replication) +psync +replconf +ping
user monitoring on #$(digest monitoring) +ping +info +latency +slowlog +config|get +client|list +client|setname +cluster|info
user edge on #$(digest edge) ~edge:* &edge:* +@all -@admin -@dangerous +info +client|setname +client|id +cluster|slots +cluster|shards
"
if [ "$kind" = compose ]; then
  draw alertmanager/token
  draw grafana/admin-password
  put redis-acl/monitoring-exporter.json "{\"redis://redis:6379\":\"$(cat "$folder/redis-acl/monitoring-password")\"}"
fi
# A container's user is not this one, and compose mounts files as they are: the folder itself keeps others out.
if [ "$kind" = compose ]; then
  find "$folder" -mindepth 1 -type f -exec chmod 0444 {} + -o -mindepth 1 -type d -exec chmod 0755 {} +
fi
echo "make-secrets: the secrets are in $folder"
