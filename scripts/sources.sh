#!/usr/bin/env bash
# Prints every C and C++ source of the project, one a line, relative to its top. Arguments are further `find` tests.
set -euo pipefail
cd "$(dirname "$0")/.."

find . \( -path ./build -o -path ./var -o -path ./.git -o -name node_modules \) -prune -o \
  -type f \( -name '*.cpp' -o -name '*.hpp' -o -name '*.c' -o -name '*.h' \) "$@" -printf '%P\n' | sort
