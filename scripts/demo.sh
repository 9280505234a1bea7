#!/usr/bin/env bash
# The main job, for real, on this machine's own attributes: what `make run` shows.
set -euo pipefail
cd "$(dirname "$0")/.."

holdfast=$PWD/build/bin/holdfast
demo=var/demo
export HOLDFAST_DIR=$demo/state
passphrase=()

bold='' plain=''
if [ -t 1 ]; then bold=$'\033[1m' plain=$'\033[0m'; fi
step() { printf '\n%s== %s%s\n' "$bold" "$1" "$plain"; }
show() {
  printf '$ holdfast %s\n' "$*"
  "$holdfast" "${passphrase[@]}" "$@"
}
# Only ever what an earlier run of this script left.
rm -rf "$demo"
mkdir -p "$demo"
chmod 700 "$demo"

step "What this machine can be told by"
show fingerprint
enough=$("$holdfast" --json fingerprint | jq '(.plan.weakest_bits // 0) >= .plan.floor_bits')

step "Root its trust"
init=(--recovery-out "$demo/recovery-code.txt")
if [ "$enough" != true ]; then
  echo "This machine's own attributes do not reach the entropy floor, so a passphrase is added, as a person would."
  (umask 077; head -c 18 /dev/urandom | base64 >"$demo/passphrase.txt")
  init+=(--passphrase-file "$demo/passphrase.txt")
fi
show init "${init[@]}"
if [ "$enough" != true ]; then passphrase=(--unlock-passphrase-file "$demo/passphrase.txt"); fi
show status

step "Seal a file, and unseal it"
printf 'database password: correct horse battery staple\n' >"$demo/secret.txt"
show seal --in "$demo/secret.txt" --out "$demo/secret.sealed" --name secret
head -2 "$demo/secret.sealed"
show unseal --in "$demo/secret.sealed" --out "$demo/secret.again" --name secret
cmp "$demo/secret.txt" "$demo/secret.again" && echo "The same bytes came back."

step "Keys, signatures, and plain openssl as the judge"
printf 'firmware image 1.0\n' >"$demo/firmware.bin"
for algorithm in ml-dsa-65 ecdsa-p256 rsa-4096; do
  key=demo-$algorithm
  show key create "$key" --alg "$algorithm" --quiet
  show key public "$key" --out "$demo/$key.pem"
  show sign --key "$key" --in "$demo/firmware.bin" --out "$demo/firmware.$algorithm.sig"
  case $algorithm in
    ml-dsa-65) judge=(openssl pkeyutl -verify -rawin -pubin -inkey "$demo/$key.pem" -sigfile "$demo/firmware.$algorithm.sig" -in "$demo/firmware.bin") ;;
    ecdsa-p256) judge=(openssl dgst -sha256 -verify "$demo/$key.pem" -signature "$demo/firmware.$algorithm.sig" "$demo/firmware.bin") ;;
    rsa-4096) judge=(openssl dgst -sha512 -verify "$demo/$key.pem" -signature "$demo/firmware.$algorithm.sig" "$demo/firmware.bin") ;;
  esac
  printf '$ %s\n' "${judge[*]}"
  "${judge[@]}"
done
show key list

step "The thief: a copy of the folder on another machine"
cp -a "$HOLDFAST_DIR" "$demo/stolen"
# The same program on the stolen copy, with the passphrase where there is one, in a mount namespace where sys,
# the machine id and the host name are those of a laptop from the test fixtures.
other=$PWD/tests/fixtures/machines/laptop
elsewhere() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  unshare --mount --uts "${as_user[@]}" -- bash -euc '
    hostname laptop
    mount --bind "$1/sys" /sys
    mount --bind "$1/etc/machine-id" /etc/machine-id
    shift
    exec "$@"' elsewhere "$other" "$@"
}
as_user=()
if [ "$(id -u)" -ne 0 ]; then as_user=(--map-root-user); fi
if elsewhere true 2>/dev/null; then
  status=0
  printf '$ holdfast --dir stolen unseal --in secret.sealed --out secret.stolen      (on the other machine)\n'
  elsewhere "$holdfast" --dir "$demo/stolen" "${passphrase[@]}" unseal --in "$demo/secret.sealed" --out "$demo/secret.stolen" || status=$?
  [ "$status" -eq 3 ] || { echo "demo: expected exit status 3 and got $status" >&2; exit 1; }
else
  # No namespaces here: another anchor takes the thief's part, as a sealed file sees it.
  printf '$ holdfast --dir other init …; holdfast --dir other unseal --in secret.sealed\n'
  "$holdfast" --dir "$demo/other" init --sysroot "$other" --no-recovery --accept-low-entropy >/dev/null
  status=0
  "$holdfast" --dir "$demo/other" unseal --in "$demo/secret.sealed" --out "$demo/secret.stolen" || status=$?
  [ "$status" -eq 3 ] || { echo "demo: expected exit status 3 and got $status" >&2; exit 1; }
fi
[ ! -e "$demo/secret.stolen" ] || { echo "demo: the thief got a file" >&2; exit 1; }
echo "Exit status 3, and no file was written."

step "What happened, and what to try next"
show events
step "A registry governs it: owners, a grant, a certificate, and a history that proves itself"
registry=$PWD/build/bin/holdfast-registry
export HOLDFAST_REGISTRY=$demo/registry HOLDFAST_CHECKPOINTS=$PWD/$demo/outside
show_registry() {
  printf '$ holdfast-registry %s\n' "$*"
  "$registry" "$@"
}
mkdir -m 700 "$HOLDFAST_REGISTRY"
# Any free port; the usual one may be another registry's.
printf '[est]\nport = 0\n' >"$HOLDFAST_REGISTRY/registry.toml"
echo '$ holdfast-registry serve &'
: >"$demo/registry.out"
"$registry" serve >"$demo/registry.out" 2>"$demo/registry.log" &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
# Its last line says that it serves.
if ! timeout 60 tail --pid="$server" -n +1 -f "$demo/registry.out" | sed '/^Serving/q'; then :; fi
grep -q '^Serving' "$demo/registry.out" || { cat "$demo/registry.log" >&2; exit 1; }
est=$(awk '$1 == "EST" { print $2 }' "$demo/registry.out")

printf 'mail,name,team\nanna@example.org,Anna Arbor,Gates\nben@example.org,Ben Birch,Gates\n' >"$demo/people.csv"
show_registry owner import "$demo/people.csv"
printf '$ holdfast-registry grant create --name "gate 7" --purpose "opens the yard" …\n'
"$registry" --json grant create --name 'gate 7' --purpose 'opens the yard' --business-owner anna@example.org \
  --technical-owner Gates >"$demo/grant.json"
jq '{grant, name, expires}' "$demo/grant.json"
show_registry ca export --root --out "$demo/registry-root.pem"
show key csr demo-ecdsa-p256 --subject 'CN=the registry gives the name' --out "$demo/device.csr"
# The credentials go through a file: other users see what is in a command line.
(umask 077; jq -r '"user = \"\(.grant):\(.secret)\""' "$demo/grant.json" >"$demo/grant.curl")
enrol() {
  printf '$ curl --config grant.curl --data-binary @device.csr %s/simpleenroll\n' "$est"
  curl -sS --config "$1" --cacert "$demo/registry-root.pem" -H 'Content-Type: application/pkcs10' \
    --data-binary "@$demo/device.csr" -o "$demo/answer" -w 'HTTP status %{http_code}\n' "$est/simpleenroll"
}
enrol "$demo/grant.curl"
base64 -d "$demo/answer" | openssl pkcs7 -inform DER -print_certs -out "$demo/device.crt"
openssl x509 -in "$demo/device.crt" -noout -subject -issuer -dates -ext subjectAltName
identity=$("$registry" --json identity list | jq -r '.items[0].id')
show_registry identity list
show_registry identity retire "$identity" --reason 'dismantled'
"$registry" --json grant create --name 'gate 8' --purpose 'opens the yard' --business-owner anna@example.org \
  --technical-owner Gates | jq -r '"user = \"\(.grant):\(.secret)\""' >"$demo/again.curl"
enrol "$demo/again.curl"
cat "$demo/answer"
grep -q 'refused for ever' "$demo/answer" || { echo "demo: a retired key was not refused" >&2; exit 1; }
show_registry audit show --identity "$identity"
show_registry audit verify

cat <<NEXT

Everything is in var/demo; the state folder is var/demo/state. Try next:
  export HOLDFAST_DIR=\$PWD/var/demo/state
  build/bin/holdfast ${passphrase[*]:+--unlock-passphrase-file var/demo/passphrase.txt }status
  build/bin/holdfast ${passphrase[*]:+--unlock-passphrase-file var/demo/passphrase.txt }key create mine --alg ed25519
  build/bin/holdfast --help
NEXT

if [ -t 1 ]; then
  printf '\nThe registry serves EST at %s until Ctrl-C. Ask it for more:\n  build/bin/holdfast-registry --data %s identity list\n' \
    "$est" "$HOLDFAST_REGISTRY"
  trap 'kill "$server" 2>/dev/null || true; exit 0' INT
  wait "$server"
fi
