#!/usr/bin/env bash
# Writes src/order.txt, the functions that an incident runs: playbooks-tests/bench/order.sh
#
# The release binary plays the incident of bench/apply.sh under callgrind. Needs valgrind, binutils, pdns-server with its
# LMDB backend, git and python3; takes a quarter of an hour, nearly all of it the build. Worth it after a change of the
# toolchain or of dependencies, whose names change with their versions, and before a release.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH=$PATH:/usr/sbin:/sbin

# The names alone are more than in what is shipped.
cargo rustc --locked --release --bin lifeboat -- -C strip=none
trials=$(cargo test --locked --test playbooks --no-run --message-format json-render-diagnostics |
  sed -n 's/.*"executable":"\([^"]*playbooks-[^"]*\)".*/\1/p')
[ -x "$trials" ] || { echo "cargo built no test binary" >&2; exit 1; }

traces=$(mktemp -d)
trap 'rm -rf "$traces"' EXIT
cat >"$traces/lifeboat" <<END
#!/bin/sh
exec valgrind -q --tool=callgrind --demangle=no --callgrind-out-file=$traces/\$1.%p.trace $PWD/target/release/lifeboat "\$@"
END
chmod +x "$traces/lifeboat"

# shellcheck disable=SC2016
env TRACED=1 LIFEBOAT="$traces/lifeboat" \
  unshare -Urn --pid --fork --kill-child --mount-proc bash -euo pipefail -c '
  ip link set lo up
  exec "$1" --bench an_incident_is_played --nocapture' bench "$trials"

python3 playbooks-tests/bench/order.py target/release/lifeboat "$traces"/*.trace >"$traces/order.txt"
[ "$(wc -l <"$traces/order.txt")" -gt 1000 ] || { echo "the traces name next to no function of the binary" >&2; exit 1; }
mv "$traces/order.txt" src/order.txt
wc -l src/order.txt
