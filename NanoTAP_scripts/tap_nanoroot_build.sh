#!/usr/bin/env bash
# tap_nanoroot_build.sh [--gdb] [--debug]: builds the drop-in program and links it as bin/tap_nanoroot_example. Both
# options are for a debugger, and choose the build without optimisation.
set -euo pipefail
cd "$(dirname "$0")/.."

preset=release
program=build/bin/tap_nanoroot_example
for option in "$@"; do
  case $option in
    --gdb | --debug)
      preset=debug
      program=build/debug/bin/tap_nanoroot_example
      ;;
    --help)
      echo "usage: NanoTAP_scripts/tap_nanoroot_build.sh [--gdb] [--debug]"
      exit 0
      ;;
    *)
      echo "tap_nanoroot_build.sh: $option is unknown; usage: NanoTAP_scripts/tap_nanoroot_build.sh [--gdb] [--debug]" >&2
      exit 2
      ;;
  esac
done

[ -n "${SKIP_SETUP:-}" ] || scripts/setup.sh
scripts/build.sh "$preset" tap_nanoroot_example
mkdir -p bin
ln -sfn "../$program" bin/tap_nanoroot_example
echo "bin/tap_nanoroot_example"
