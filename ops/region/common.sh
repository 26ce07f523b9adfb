# shellcheck shell=bash
# What the scripts of this folder share. `run` shows each command; with --dry-run it does no more than that.
# shellcheck disable=SC2034 # The scripts that read this file use what it sets.

dry_run='' data=/var/lib/postgresql/15/main settings=/etc/fiyatradari
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { echo "# $*"; }
fail() { echo "$(basename "$0"): $*" >&2; exit 1; }
need_value() { [ $# -ge 2 ] && [ -n "$2" ] || fail "$1 needs a value"; }

run() {
  echo "$*"
  [ -n "$dry_run" ] || "$@"
}

as_postgres() { run runuser -u postgres -- "$@"; }

# The gateway last: it finds the others ready.
services=(pricing-service catalog-service notifier-service edge-gateway)
units=("${services[@]/#/fiyatradari@}")

# take_role ROLE: the services run with the settings of `writing` or `reading`, one after the other, and are ready.
take_role() {
  local role=$1 service probe tries=0
  [ -d "$settings/$role" ] || fail "$settings/$role: there are no settings for that role"
  run ln -sfn "$role" "$settings/role"
  for service in "${services[@]}"; do
    # systemd passes over a service that the role has no settings for, and leaves it stopped.
    run systemctl restart "fiyatradari@$service"
    [ -e "$settings/$role/$service.conf" ] || continue
    # It asks the process that runs; the file says where that listens.
    probe=("${PROGRAMS:-/usr/bin}/$service" --config "$settings/role/$service.conf" --probe)
    echo "${probe[*]}"
    [ -z "$dry_run" ] || continue
    until "${probe[@]}" >/dev/null 2>&1; do
      tries=$((tries + 1))
      [ "$tries" -le "${READY_TRIES:-600}" ] || fail "$service does not become ready: journalctl -u fiyatradari@$service"
      sleep 0.1
    done
  done
}
