#!/usr/bin/env bash
# Everything about sources that can be judged without running them. CHANGED=1: clang-tidy looks only at sources that
# differ from the last commit.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=${JOBS:-$(nproc)}
status=0
step() { printf '== %s ==\n' "$1"; }
failed() { echo "lint: $1 found something" >&2; status=1; }

step "clang-format"
scripts/sources.sh | xargs clang-format-19 --dry-run -Werror || failed "clang-format"

step "shellcheck"
mapfile -t scripts < <(find . \( -path ./build -o -path ./var -o -path ./.git -o -name node_modules \) -prune -o \
  -type f -name '*.sh' -print)
shellcheck "${scripts[@]}" .ci/run || failed "shellcheck"

step "structure"
python3 -B tests/structure/structure_selftest.py g++-14 2>&1 | tail -n 3 || failed "the structure tests' own test"
python3 -B tests/structure/layers.py . || failed "the structure test"

step "clang-tidy"
# Headers are judged through the sources that include them; tests and benchmarks are left to the compilers.
scripts/build.sh release >/dev/null
mapfile -t sources < <(scripts/sources.sh -name '*.cpp' ! -name '*_test.cpp' ! -name '*test_support.cpp' \
  ! -path './tests/*' ! -path './bench/*' ! -path './examples/*')
if [ -n "${CHANGED:-}" ]; then
  changed=$(git diff --name-only HEAD 2>/dev/null; git ls-files --others --exclude-standard)
  mapfile -t sources < <(printf '%s\n' "${sources[@]}" | grep -xF "$changed" || true)
fi
# Only what the release build compiles has its flags written down.
mapfile -t compiled < <(jq -r '.[].file' build/release/compile_commands.json)
tidied=()
for source in "${sources[@]}"; do
  if printf '%s\n' "${compiled[@]}" | grep -qxF "$PWD/$source"; then tidied+=("$source"); fi
done
if [ ${#tidied[@]} -gt 0 ]; then
  # GCC knows warnings and flags that Clang does not.
  mkdir -p build/tidy
  sed 's/ -fno-gnu-unique / /' build/release/compile_commands.json >build/tidy/compile_commands.json
  printf '%s\0' "${tidied[@]}" |
    xargs -0 -n 1 -P "$jobs" clang-tidy-19 --quiet -p build/tidy --extra-arg=-Wno-unknown-warning-option 2> \
      >(grep -v -E 'warnings? generated|^Suppressed|^Use -header-filter' >&2 || true) || failed "clang-tidy"
fi
echo "clang-tidy: ${#tidied[@]} sources"

if [ "$status" -eq 0 ]; then echo "lint: passed"; else echo "lint: FAILED" >&2; fi
exit "$status"
