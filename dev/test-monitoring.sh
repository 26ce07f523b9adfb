#!/usr/bin/env bash
# Tests of monitoring and backups on real servers: rules' unit tests, Prometheus beside the mesh, restore and fail-over
# drills, two regions (these need root). Some ten minutes; needs `dev/bootstrap.sh --operate` and the debug build.
set -euo pipefail
cd "$(dirname "$0")/.."

dev/bootstrap.sh --operate
.venv/bin/python -m pip install --quiet --disable-pip-version-check -r Tests/EndToEnd/operate/requirements.txt
(cd monitoring/prometheus && promtool test rules tests/*.test.yml)
FIYATRADARI_BIN=${FIYATRADARI_BIN:-$(swift build --show-bin-path)} \
  .venv/bin/python -m pytest -s Tests/EndToEnd/monitoring Tests/EndToEnd/operate
