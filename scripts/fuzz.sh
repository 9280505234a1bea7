#!/usr/bin/env bash
# fuzz.sh [TARGET [SECONDS]]: runs one fuzz target (60 s), or each in turn (20 s). What libFuzzer finds interesting
# goes to build/fuzz/found/TARGET; inputs that break something to build/fuzz/broken.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${1:-}
seconds=${2:-}
scripts/build.sh fuzz fuzzers

programs=build/fuzz/fuzz
if [ -n "$target" ]; then
  if [ ! -x "$programs/${target}_fuzz" ]; then
    echo "fuzz: no target '$target'; there are: $(cd "$programs" && printf '%s ' *_fuzz | sed 's/_fuzz//g')" >&2
    exit 2
  fi
  targets=("$target")
  seconds=${seconds:-60}
else
  mapfile -t targets < <(cd "$programs" && printf '%s\n' *_fuzz | sed 's/_fuzz$//')
  seconds=${seconds:-20}
fi

mkdir -p build/fuzz/broken
status=0
for target in "${targets[@]}"; do
  printf '\n== %s: %s s ==\n' "$target" "$seconds"
  mkdir -p "build/fuzz/found/$target"
  options=(-max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1
    -artifact_prefix="build/fuzz/broken/$target-")
  if [ -f "fuzz/$target.dict" ]; then options+=(-dict="fuzz/$target.dict"); fi
  # libFuzzer tells what it does several times a second; only the end and failures matter here.
  log=build/fuzz/$target.log
  if "$programs/${target}_fuzz" "${options[@]}" "build/fuzz/found/$target" "fuzz/corpus/$target" >"$log" 2>&1; then
    grep -E '^(Done|stat::(number_of_executed_units|peak_rss_mb))' "$log" || true
  else
    tail -n 60 "$log"
    status=1
  fi
done
if [ "$status" -ne 0 ]; then echo "fuzz: FAILED; the inputs are in build/fuzz/broken" >&2; fi
exit "$status"
