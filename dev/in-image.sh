#!/usr/bin/env bash
# Runs the program of an image as a container engine would, where none runs: in the image's own root, which it sees
# read-only, as the image's user, without capabilities, with nothing from outside but what a deployment mounts. The
# process keeps its number. Needs root. For tests: dev/test-images.sh.
#
#   dev/in-image.sh ROOT [ARGUMENT…]
#
# Files that …_FILE variables name are handed over in /run/secrets/fiyatradari; the folder of a PostgreSQL socket in
# DATABASE_URL is mounted where it is.
set -euo pipefail
root=$(cd "${1:?the root of an image}" && pwd)
shift
if [ "${IN_IMAGE_NAMESPACE-}" != 1 ]; then
  IN_IMAGE_NAMESPACE=1 exec unshare --mount --propagation private "$0" "$root" "$@"
fi
unset IN_IMAGE_NAMESPACE
user=10001:10001

mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --rbind /proc "$root/proc"
mount --rbind /dev "$root/dev"
mount -t tmpfs -o size=1m,mode=0755 secrets "$root/run/secrets"
mkdir "$root/run/secrets/fiyatradari"
while IFS='=' read -r name value; do
  if [[ $name == *_FILE ]] && [ -f "$value" ]; then
    install -m 0440 -o "${user%:*}" -g "${user#*:}" "$value" "$root/run/secrets/fiyatradari/$name"
    export "$name=/run/secrets/fiyatradari/$name"
  fi
done < <(env)
mount -o remount,ro "$root/run/secrets"
mount -t tmpfs -o size=64k,mode=0755 sockets "$root/tmp"
socket=$(sed -n 's/.*host=\(\/[^ ]*\).*/\1/p' <<<"${DATABASE_URL-}")
if [ -n "$socket" ]; then
  [[ $socket == /tmp/* ]] || { echo "in-image: the socket's folder must be below /tmp" >&2; exit 1; }
  mkdir -p "$root$socket"
  mount --bind "$socket" "$root$socket"
fi
mount -o remount,ro "$root/tmp"
cd /
exec setpriv --no-new-privs --bounding-set=-all,+sys_chroot,+setuid,+setgid --inh-caps=-all \
  chroot --userspec="$user" --groups= "$root" /service "$@"
