#!/usr/bin/env bash
# Every fault at every system call of every command that changes something, and every state in which a power failure
# may leave the disk: docs/crash-safety.md. Arguments narrow it down: a group of tests/faults/rows.py, or "all".
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -gt 0 ] || set -- all
export HOLDFAST_BIN=$PWD/build/bin/holdfast HOLDFAST_FAULTS=$PWD/build/release/faults
status=0
for how in inject reorder; do
  printf '\n== %s ==\n' "$how"
  /usr/bin/python3 -B "tests/faults/$how.py" --exhaustive --jobs "${JOBS:-$(nproc)}" "$@" || status=1
done
exit "$status"
