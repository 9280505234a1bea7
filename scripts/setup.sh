#!/usr/bin/env bash
# Installs everything that building, running and testing Holdfast need, on Debian 12 or 13.
# Idempotent: when all is present it asks no package server and ends within a second.
set -euo pipefail

fail() { printf 'setup: %s\n' "$1" >&2; exit 1; }

[ -r /etc/os-release ] || fail "/etc/os-release is missing; this script supports Debian 12 and 13"
# shellcheck source=/dev/null
. /etc/os-release
case "${ID:-}:${VERSION_ID:-}" in
  debian:12 | debian:13) ;;
  *) fail "this is ${PRETTY_NAME:-an unknown system}; supported are Debian 12 and 13. Elsewhere install GCC 14, OpenSSL 3.5 and the packages named in this script by hand, then build with SKIP_SETUP=1" ;;
esac

# Taken from the release that the machine runs.
base_packages=(
  build-essential ca-certificates ccache cmake faketime gcovr git hyperfine jq make ninja-build pkg-config python3 shellcheck
  python3-argon2 python3-cryptography
  libbenchmark-dev libcli11-dev libcsv-dev libgtest-dev libpq-dev librapidcheck-dev libsoci-dev libsqlite3-dev
  libstrongswan-standard-plugins libtomlplusplus-dev libutf8proc-dev
  nlohmann-json3-dev strongswan-pki
)
# Needed in the versions of Debian 13: GCC 14, LLVM 19, OpenSSL 3.5, Boost 1.88, PostgreSQL 17, and what judges the
# registry from outside.
newer_packages=(
  g++-14 gcc-14 libssl-dev openssl openssl-provider-fips clang-19 clang-tidy-19 clang-format-19 libclang-rt-19-dev llvm-19
  libboost1.88-dev curl golang-go golang-golang-x-mod-dev libest-utils postgresql-17 zlint
)

have() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
new_enough_openssl() { dpkg --compare-versions "$(dpkg-query -W -f='${Version}' libssl-dev 2>/dev/null || echo 0)" ge 3.5; }

missing_base=()
for p in "${base_packages[@]}"; do have "$p" || missing_base+=("$p"); done
missing_newer=()
for p in "${newer_packages[@]}"; do have "$p" || missing_newer+=("$p"); done
if ! new_enough_openssl; then missing_newer+=(libssl-dev openssl); fi
if [ ${#missing_base[@]} -eq 0 ] && [ ${#missing_newer[@]} -eq 0 ]; then
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || fail "these packages are missing: ${missing_base[*]} ${missing_newer[*]}; run this script as root, or install sudo"
  as_root=(sudo)
fi
export DEBIAN_FRONTEND=noninteractive
apt_get() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o Dpkg::Use-Pty=0 "$@"; }

# Debian 13's archive, at the address that the machine already uses for its own release, with a priority
# so low that nothing comes from it unless it is asked for by name.
add_newer_archive() {
  local address
  # shellcheck disable=SC2016  # apt's own variables
  address=$(apt-get indextargets --format '$(SITE) $(RELEASE) $(COMPONENT)' 2>/dev/null |
    awk '$2 == "bookworm" && $3 == "main" { print $1; exit }')
  [ -n "$address" ] || fail "no source of Debian 12 packages is configured in /etc/apt"
  "${as_root[@]}" tee /etc/apt/sources.list.d/holdfast-trixie.sources >/dev/null <<SOURCES
Types: deb
URIs: $address
Suites: trixie
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
SOURCES
  "${as_root[@]}" tee /etc/apt/preferences.d/holdfast-trixie >/dev/null <<PREFERENCES
Package: *
Pin: release n=trixie
Pin-Priority: 100
PREFERENCES
}

newer_from=()
if [ "$VERSION_ID" = 12 ] && [ ${#missing_newer[@]} -gt 0 ]; then
  add_newer_archive
  newer_from=(-t trixie)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
run_quietly() {
  if ! "$@" >"$log" 2>&1; then
    tail -n 30 "$log" >&2
    fail "'$*' failed; its last lines are above"
  fi
}

echo "setup: installing ${missing_base[*]} ${missing_newer[*]}"
run_quietly apt_get update
if [ ${#missing_base[@]} -gt 0 ]; then run_quietly apt_get install -y --no-install-recommends "${missing_base[@]}"; fi
if [ ${#missing_newer[@]} -gt 0 ]; then
  run_quietly apt_get install -y --no-install-recommends "${newer_from[@]}" "${missing_newer[@]}"
fi
new_enough_openssl || fail "OpenSSL 3.5 could not be installed; apt-cache policy libssl-dev shows which sources offer it"
echo "setup: done"
