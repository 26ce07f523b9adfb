#!/usr/bin/env bash
# What can be checked of manifests, compose files, images' recipe and operators' scripts without a cluster or an engine:
# kustomize builds every overlay, and real tools look at what comes out. Makes an environment of its own in .venv-operate;
# with --only-environment it does no more than that.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v kubectl >/dev/null || { echo "test-operate: kubectl is missing: install kubernetes-client or kubectl 1.32" >&2; exit 1; }
requirements=Tests/Operate/requirements.txt stamp=.venv-operate/requirements.stamp
wanted=$(python3 --version; cat "$requirements")
if [ ! -x .venv-operate/bin/python ] || [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  echo "test-operate: making .venv-operate from $requirements"
  rm -rf .venv-operate
  python3 -m venv .venv-operate
  .venv-operate/bin/python -m pip install --quiet --disable-pip-version-check -r "$requirements"
  echo "$wanted" >"$stamp"
fi
[ "${1-}" != --only-environment ] || exit 0
exec .venv-operate/bin/python -m pytest Tests/Operate/deploy Tests/Operate/stores "$@"
