#!/usr/bin/env bash
# test.sh PRESET...: builds and tests each preset, all of them even when one fails, and ends with a summary.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -ge 1 ] || { echo "usage: scripts/test.sh PRESET..." >&2; exit 2; }
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
# OpenSSL is not instrumented: of the atomics that guard its tables nothing is seen, but of its memcpy calls everything.
export TSAN_OPTIONS=${TSAN_OPTIONS:-ignore_noninstrumented_modules=1}

summary=()
status=0
for preset in "$@"; do
  printf '\n== %s: build ==\n' "$preset"
  begin=$SECONDS
  if ! scripts/build.sh "$preset"; then
    summary+=("$preset: does not build")
    status=1
    continue
  fi
  built=$SECONDS
  printf '\n== %s: test ==\n' "$preset"
  log=build/$preset/ctest.log
  # A program under ThreadSanitizer needs a predictable layout of its memory.
  launcher=()
  if [ "$preset" = tsan ] && setarch -R true 2>/dev/null; then launcher=(setarch -R); fi
  if ! "${launcher[@]}" ctest --preset "$preset" --no-tests=error --parallel "$((${JOBS:-$(nproc)} * 3 / 2))" 2>&1 |
    grep --line-buffered -vE '^ +Start +[0-9]+: ' | tee "$log"; then status=1; fi
  counted=$(grep -E '^[0-9]+% tests passed' "$log" || echo "ctest did not finish")
  summary+=("$preset: $counted (build $((built - begin)) s, tests $((SECONDS - built)) s)")
  while read -r failed; do summary+=("  $failed"); done < <(sed -n '/^The following tests FAILED:/,/^Errors/ { /^[ \t]/p }' "$log")
done

printf '\n== summary ==\n'
printf '%s\n' "${summary[@]}"
if [ "$status" -eq 0 ]; then echo "all passed"; else echo "FAILED"; fi
exit "$status"
