#!/usr/bin/env bash
# Fuzzes every decoder from the committed seeds: playbooks-tests/fuzz.sh [--planted] [SECONDS] [TARGET...]
#
# Each target (fuzz/fuzz_targets) runs for SECONDS, 60 if none are given, as many at a time as there are cores; what is
# found lies in fuzz/artifacts/TARGET. With --planted, each target must find its planted input from its seeds within a
# bounded number of runs, tried again from other random numbers before it says that it did not. Needs a C++ compiler;
# cargo-fuzz is not needed: the flags are those of `cargo fuzz --sanitizer none`, which the installed toolchain takes, and
# one program holds all targets, so that it is linked once.
set -euo pipefail
cd "$(dirname "$0")/../fuzz"

planted=
[ "${1:-}" != --planted ] || { planted=1; shift; }
seconds=60
[[ ! "${1:-}" =~ ^[0-9]+$ ]] || { seconds=$1; shift; }
if [ $# -gt 0 ]; then targets=("$@"); else mapfile -t targets < <(ls seeds); fi

coverage=(-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
  -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
  -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing)
# Named, so that build scripts and macros, which run here, are not instrumented.
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="${coverage[*]}" cargo build --locked --quiet --release --bin every --target "$host" \
  --target-dir ../target/fuzz
program=$PWD/../target/fuzz/$host/release/every

# Looks for one target's planted input. Where libFuzzer goes depends on how the program was laid out, too, so that what
# one row of random numbers does not find, another one may.
hunt() {
  local target=$1 folder=$work/$1 tried=0 seed units
  shift
  for seed in 1 2 3 4; do
    mkdir -p "$folder/$seed"
    FUZZ_PLANTED=1 FUZZ_TARGET=$target "$program" "$@" "-seed=$seed" "-runs=$runs" "-artifact_prefix=$folder." \
      "$folder/$seed" "seeds/$target" >"$folder.log" 2>&1 || true
    units=$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder.log")
    tried=$((tried + ${units:-0}))
    if grep -q 'the planted input was found' "$folder.log"; then
      printf '%-22s found its planted input in %s runs\n' "$target" "$tried"
      return 0
    fi
  done
  printf '%-22s did not find its planted input within %s runs\n' "$target" "$tried"
  tail -n 30 "$folder.log"
  return 1
}

# Fuzzes one target, says how it went in one line, and all it said where it failed.
fuzz() {
  local target=$1 folder=$work/$1 code=0
  mkdir -p "$folder" "artifacts/$target"
  local options=(-max_len=65536 -len_control=100 -timeout=10 -rss_limit_mb=1024 -print_final_stats=1
    "-artifact_prefix=artifacts/$target/")
  # The same inputs at every run of the checks: what is new is found by whoever fuzzes for longer.
  [ -z "${CI:-}" ] || options+=(-seed=1)
  [ ! -e "dictionaries/$target.dict" ] || options+=("-dict=dictionaries/$target.dict")
  [ -z "$planted" ] || { hunt "$target" "${options[@]}" -max_len=4096; return; }
  FUZZ_TARGET=$target "$program" "${options[@]}" "-max_total_time=$seconds" "$folder" "seeds/$target" >"$folder.log" 2>&1 || code=$?
  if [ "$code" -ne 0 ]; then
    printf '%-22s FAILED\n' "$target"
    tail -n 40 "$folder.log"
    return 1
  fi
  printf '%-22s %9s runs, %6s edges, nothing found\n' "$target" \
    "$(sed -n 's/^stat::number_of_executed_units: *//p' "$folder.log")" \
    "$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$folder.log" | tail -n 1)"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
runs=500000
export -f fuzz hunt
export work planted seconds program runs
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I {} bash -euo pipefail -c 'fuzz {}'
