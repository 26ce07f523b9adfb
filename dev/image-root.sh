#!/bin/sh
# Lays out the root of an image: a program, the libraries that it is linked with, and the few files that these read at run
# time. Runs inside the stage that has the libraries (Dockerfile).
#
#   image-root.sh PROGRAM ROOT
set -eu
program=${1:?the program} root=${2:?the folder to fill}

libraries=$(ldd "$program")
if echo "$libraries" | grep 'not found'; then
  echo "image-root: the libraries above are in no package that the Dockerfile installs" >&2
  exit 1
fi
mkdir -p "$root/etc/ssl/certs" "$root/usr/share" "$root/run/secrets" "$root/proc" "$root/sys" "$root/dev"
install -d -m 1777 "$root/tmp"
# Lines are `name => /path (address)` and, for the loader, `/path (address)`.
echo "$libraries" | awk '$2 == "=>" {print $3; next} /^[ \t]*\// {print $1}' | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
install -m 0555 "$program" "$root/service"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
# Quiet hours of alerts are in people's own time zones.
cp -R /usr/share/zoneinfo "$root/usr/share/"
# Pages of shops in windows-1254 and its like.
modules=$(dirname "$(find /usr/lib -path '*/gconv/gconv-modules' | head -n 1)")
mkdir -p "$root$modules"
cp -R "$modules/." "$root$modules"
echo 'hosts: files dns' >"$root/etc/nsswitch.conf"
echo 'fiyatradari:x:10001:10001:Fiyatradari:/:/sbin/nologin' >"$root/etc/passwd"
echo 'fiyatradari:x:10001:' >"$root/etc/group"
