#!/usr/bin/env bash
# Measures `lifeboat zone ask` beside massdns on one real name server: playbooks-tests/bench/bulk.sh [SOURCE [COMMIT]]
#
# SOURCE is massdns' repository, a path or a URL. It is built outside of this one, in target/bulk. Everything runs in a
# network namespace of its own, without root: the server on the first core, whoever asks on the second. Needs knot, nsd,
# dnsperf, nftables, python3, gcc, make and two cores with nothing else to do; takes about three minutes.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH=$PATH:/usr/sbin:/sbin

source=${1:-https://github.com/blechschmidt/massdns.git}
commit=${2:-70331f618410de87d0eb478a290ec7f085831d4f}
folder=$PWD/target/bulk/massdns
[ -d "$folder" ] || git clone --quiet "$source" "$folder"
git -C "$folder" -c advice.detachedHead=false checkout --quiet "$commit"
make --quiet -C "$folder"

cargo build --locked --release --bin lifeboat
trials=$(cargo test --locked --test playbooks --no-run --message-format json-render-diagnostics |
  sed -n 's/.*"executable":"\([^"]*playbooks-[^"]*\)".*/\1/p')
[ -x "$trials" ] || { echo "cargo built no test binary" >&2; exit 1; }

# shellcheck disable=SC2016
exec env MASSDNS="$folder/bin/massdns" LIFEBOAT="${LIFEBOAT:-$PWD/target/release/lifeboat}" \
  unshare -Urn --pid --fork --kill-child --mount-proc bash -euo pipefail -c '
  ip link set lo up
  exec "$1" --bench bulk --nocapture' bench "$trials"
