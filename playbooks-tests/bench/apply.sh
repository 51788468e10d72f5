#!/usr/bin/env bash
# Measures 500 changes in a zone of 10,000 records at one PowerDNS beside octoDNS 1.22: playbooks-tests/bench/apply.sh
#
# octoDNS is the one that playbooks-tests/foreign.sh installs. Everything runs in a network namespace of its own, without
# root. Needs pdns-server with its LMDB backend, its fastest for both, git and python3 with venv; takes about five minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH=$PATH:/usr/sbin:/sbin

playbooks-tests/foreign.sh

if [ -z "${LIFEBOAT:-}" ]; then
  cargo build --locked --release --bin lifeboat
  LIFEBOAT=$PWD/target/release/lifeboat
fi
trials=$(cargo test --locked --test playbooks --no-run --message-format json-render-diagnostics |
  sed -n 's/.*"executable":"\([^"]*playbooks-[^"]*\)".*/\1/p')
[ -x "$trials" ] || { echo "cargo built no test binary" >&2; exit 1; }

# shellcheck disable=SC2016
exec env OCTODNS="$PWD/target/foreign" LIFEBOAT="$LIFEBOAT" \
  unshare -Urn --pid --fork --kill-child --mount-proc bash -euo pipefail -c '
  ip link set lo up
  exec "$1" --bench apply --nocapture' bench "$trials"
