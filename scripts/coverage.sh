#!/usr/bin/env bash
# Runs the tests with counters and writes build/coverage/report.html.
set -euo pipefail
cd "$(dirname "$0")/.."

find build/coverage -name '*.gcda' -delete 2>/dev/null || true
scripts/test.sh coverage
# Debian 12's gcovr does not know every remark that GCC 14's gcov makes about a branch.
gcovr --root . --object-directory build/coverage --gcov-executable gcov-14 --exclude '.*_test\.cpp' --exclude 'tests/' \
  --exclude 'fuzz/' --exclude 'bench/' --exclude-throw-branches --gcov-ignore-parse-errors --html-details build/coverage/report.html --print-summary \
  2>build/coverage/gcovr.log || { cat build/coverage/gcovr.log >&2; exit 1; }
echo "coverage: build/coverage/report.html"
