#!/usr/bin/env bash
# build.sh PRESET [TARGET...]: configures when that is needed, and builds.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -ge 1 ] || { echo "usage: scripts/build.sh PRESET [TARGET...]" >&2; exit 2; }
preset=$1
shift
folder=build/$preset

# A cache names its source folder absolutely; when the project was moved or copied, CMake refuses it.
if [ -f "$folder/CMakeCache.txt" ] && ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$folder/CMakeCache.txt"; then
  rm -rf "$folder"
fi
# Ninja sees changed CMakeLists.txt by itself, but not changed presets.
if [ ! -f "$folder/build.ninja" ] || [ CMakePresets.json -nt "$folder/build.ninja" ]; then
  mkdir -p "$folder"
  if ! cmake --preset "$preset" >"$folder/configure.log" 2>&1; then
    cat "$folder/configure.log" >&2
    exit 1
  fi
  touch "$folder/build.ninja"
fi

# The same source in another checkout is the same source to ccache.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
targets=()
for target in "$@"; do targets+=(--target "$target"); done
cmake --build "$folder" --parallel "${JOBS:-$(nproc)}" "${targets[@]}"
