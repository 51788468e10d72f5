#!/usr/bin/env bash
# Puts octoDNS and moto, which the suites play against, into target/foreign: exactly what foreign.txt pins, by its hashes.
# usage: playbooks-tests/foreign.sh   (what is there already stays; needs python3 with venv, and a package registry)
set -euo pipefail
cd "$(dirname "$0")/.."

place=target/foreign
pins=playbooks-tests/foreign.txt
# Its programs name the folder that they were installed in.
mark() { echo "$PWD"; cat "$pins"; }

if ! { mark | cmp -s - "$place/mark" && "$place/bin/python" -c ''; }; then
  rm -rf "$place"
  python3 -m venv "$place"
  "$place/bin/pip" install --quiet --disable-pip-version-check --no-compile --require-hashes -r "$pins"
  mark >"$place/mark"
fi
