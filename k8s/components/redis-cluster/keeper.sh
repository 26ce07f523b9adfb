#!/bin/sh
# Brings the nodes together: introduces those that do not know each other at their present addresses, and hands out the
# slots when nobody has any. Changes nothing in a cluster that is well; runs again and again, for pods change addresses.
#
# NODES: host:port, separated by spaces. REDISCLI_AUTH_FILE: the password of the user admin.
set -eu
: "${NODES:?host:port, separated by spaces}"
REDISCLI_AUTH=$(cat "${REDISCLI_AUTH_FILE:?the file with the password of admin}")
export REDISCLI_AUTH

ask() { # ask HOST:PORT COMMAND...
  node=$1
  shift
  timeout 5 redis-cli --no-auth-warning --user admin -h "${node%:*}" -p "${node##*:}" "$@"
}
# redis-cli ends with 0 whatever the server says. What a node has not heard of yet it hears of soon.
insist() { # insist HOST:PORT COMMAND...
  left=30
  until answer=$(ask "$@") && [ "$answer" = OK ]; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || { echo "keeper: $*: $answer" >&2; exit 1; }
    sleep 1
  done
}
address() { getent hosts "${1%:*}" | awk '{print $1; exit}'; }

first='' count=0
for node in $NODES; do
  [ "$(ask "$node" PING)" = PONG ] || { echo "keeper: $node does not answer" >&2; exit 1; }
  first=${first:-$node} count=$((count + 1))
done

for node in $NODES; do
  ip=$(address "$node")
  [ -n "$ip" ] || { echo "keeper: $node has no address" >&2; exit 1; }
  insist "$first" CLUSTER MEET "$ip" "${node##*:}"
done

known=0 tries=0
until [ "$known" -ge "$count" ]; do
  tries=$((tries + 1))
  [ "$tries" -le 60 ] || { echo "keeper: $known of $count nodes know each other" >&2; exit 1; }
  sleep 1
  known=$(ask "$first" CLUSTER NODES | grep -c -E ' (myself,)?(master|slave) ' || true)
done

slots=$(ask "$first" CLUSTER INFO | tr -d '\r' | sed -n 's/^cluster_slots_assigned://p')
if [ "$slots" -eq 0 ]; then
  # redis-cli's own --cluster create wants nodes that have not met; so the first half gets the slots here.
  primaries=$((count / 2)) index=0
  for node in $NODES; do
    if [ "$index" -lt "$primaries" ]; then
      from=$((16384 * index / primaries)) to=$((16384 * (index + 1) / primaries - 1))
      insist "$node" CLUSTER ADDSLOTSRANGE "$from" "$to"
    fi
    index=$((index + 1))
  done
  index=0
  for node in $NODES; do
    if [ "$index" -ge "$primaries" ]; then
      number=0
      for other in $NODES; do
        [ "$number" -ne $((index - primaries)) ] || insist "$node" CLUSTER REPLICATE "$(ask "$other" CLUSTER MYID)"
        number=$((number + 1))
      done
    fi
    index=$((index + 1))
  done
fi
ask "$first" CLUSTER INFO | tr -d '\r' | grep -E '^cluster_(state|slots_ok|known_nodes|size):'
