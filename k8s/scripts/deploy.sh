#!/usr/bin/env bash
# Applies an overlay in two steps: the migrations first, and only when they have succeeded the new pods. Old and new code
# run side by side meanwhile; each migration leaves the old code working.
#
#   k8s/scripts/deploy.sh [--dry-run] [--context NAME] OVERLAY      such as production, or a folder
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=k8s/scripts/common.sh
. "$here/common.sh"

overlay='' context=''
while [ $# -gt 0 ]; do
  case "$1" in
    --dry-run) dry_run=1; shift ;;
    --context) need_value "$@"; context=$2; shift 2 ;;
    -*) fail "usage: k8s/scripts/deploy.sh [--dry-run] [--context NAME] OVERLAY" ;;
    *) [ -z "$overlay" ] || fail "one overlay, not two"; overlay=$1; shift ;;
  esac
done
[ -n "$overlay" ] || fail "say which overlay: dev, production, region-primary, region-replica"
folder=$(overlay_folder "$overlay")
deploy "$context" "$folder"
