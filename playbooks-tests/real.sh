#!/usr/bin/env bash
# Runs the real-server suite in a namespace of its own: no root needed, no route out, every process gone at the end.
# Most trials wait for the world most of the time, so four play at once.
# usage: playbooks-tests/real.sh [FILTER] [--whole] …   (arguments go to the test binary)
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH=$PATH:/usr/sbin:/sbin

# What these trials start is none of Debian's: there is no way to it from inside. Whoever needs it says so.
playbooks-tests/foreign.sh || echo "octoDNS and moto could not be installed: trials that need them will fail" >&2

trials=$(cargo test --locked --test playbooks --no-run --message-format json-render-diagnostics |
  sed -n 's/.*"executable":"\([^"]*playbooks-[^"]*\)".*/\1/p')
[ -x "$trials" ] || { echo "cargo built no test binary" >&2; exit 1; }

# /run is ours: for `ip netns`, and for what trials write, which no disk need keep. The system's resolver is a port where
# nobody listens: whoever relies on it fails.
# shellcheck disable=SC2016
exec unshare -Urnm --pid --fork --kill-child --mount-proc bash -euo pipefail -c '
  ip link set lo up
  mount -t tmpfs tmpfs /run
  mkdir -p /run/netns /run/trials
  export TMPDIR=/run/trials
  echo "nameserver 127.0.0.1" >/run/resolv.conf
  [ ! -e /etc/resolv.conf ] || mount --bind /run/resolv.conf /etc/resolv.conf
  exec "$@" ' real "$trials" --real --test-threads 4 "$@"
