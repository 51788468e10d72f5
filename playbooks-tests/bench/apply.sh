#!/usr/bin/env bash
# Measures 500 changes in a zone of 10,000 records at one PowerDNS beside octoDNS 1.22: playbooks-tests/bench/apply.sh [VENV]
#
# VENV is where octoDNS is, or is put: outside of this repository. Everything runs in a network namespace of its own,
# without root. Needs pdns-server with its sqlite backend, sqlite3, git and python3 with venv; takes about five minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH=$PATH:/usr/sbin:/sbin

venv=${1:-${TMPDIR:-/tmp}/lifeboat-octodns}
if ! [ -x "$venv/bin/octodns-sync" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet 'octodns==1.22.*' octodns-powerdns
fi

if [ -z "${LIFEBOAT:-}" ]; then
  cargo build --locked --release --bin lifeboat
  LIFEBOAT=$PWD/target/release/lifeboat
fi
trials=$(cargo test --locked --test playbooks --no-run --message-format json-render-diagnostics |
  sed -n 's/.*"executable":"\([^"]*playbooks-[^"]*\)".*/\1/p')
[ -x "$trials" ] || { echo "cargo built no test binary" >&2; exit 1; }

# shellcheck disable=SC2016
exec env OCTODNS="$venv" LIFEBOAT="$LIFEBOAT" \
  unshare -Urn --pid --fork --kill-child --mount-proc bash -euo pipefail -c '
  ip link set lo up
  exec "$1" --bench apply --nocapture' bench "$trials"
