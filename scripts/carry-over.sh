#!/usr/bin/env bash
# Carries files that NanoROOT sealed over to Holdfast: unseals each with NanoROOT's program, seals it with ours, unseals
# that again and compares, and only then keeps it. The old files stay as they are.
#
# carry-over.sh --peer PROGRAM --out DIR [OPTION...] FILE...
#   --peer PROGRAM         NanoROOT's tap_nanoroot_example
#   --out DIR              where the new files go, under the same names; DIR must exist
#   --peer-config F        NanoROOT's configuration    [/etc/digicert/nanoroot_smp.conf]
#   --ours PROGRAM         our tap_nanoroot_example    [build/bin/tap_nanoroot_example of this project]
#   --config F             the configuration for ours  [as --peer-config]
#   --passphrase-file F    its first line is the passphrase of all FILEs; nobody else may read it
#   --check PROGRAM        gets each plaintext on standard input; a file whose check fails is not carried over
#   --tmp DIR              where plaintext lies for a moment [the first tmpfs of $XDG_RUNTIME_DIR, /dev/shm and /run]
#
# A file that is in DIR already and is not older than its source is left out, so that a run that was interrupted is
# simply started again. Exit status: 0 all are there, 1 some are not, 2 usage.
{ set +x; } 2>/dev/null # never show a passphrase, however this was started
set -euo pipefail
umask 077

peer='' out='' ours='' config='' passphrase_file='' check='' tmp=''
peer_config=/etc/digicert/nanoroot_smp.conf
passphrase=() work='' stage='' child=''

note() { printf 'carry-over: %s\n' "$*"; }
usage() { printf 'carry-over: %s (--help has the options)\n' "$*" >&2; exit 2; }
die() { printf 'carry-over: %s\n' "$*" >&2; exit 1; }

parse() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help) sed -n '2,/^{/{/^{/d;s/^# \{0,1\}//p}' "$0"; exit 0 ;;
      --) shift; break ;;
      --peer | --out | --peer-config | --ours | --config | --passphrase-file | --check | --tmp)
        if [ $# -lt 2 ] || [ -z "$2" ]; then usage "$1 needs a value"; fi
        local name=${1#--}
        printf -v "${name//-/_}" %s "$2"
        shift 2 ;;
      -*) usage "unknown option '$1'" ;;
      *) break ;;
    esac
  done
  files=("$@")
}

need_program() { if [ ! -f "$2" ] || [ ! -x "$2" ]; then usage "$1: '$2' is not a program"; fi; }
need_file() { if [ ! -f "$2" ] || [ ! -r "$2" ]; then usage "$1: '$2' cannot be read"; fi; }
need_folder() { if [ ! -d "$2" ] || [ ! -w "$2" ]; then usage "$1: '$2' is not a folder that can be written"; fi; }

verify_usage() {
  [ -n "$peer" ] || usage "--peer is missing: NanoROOT's tap_nanoroot_example"
  [ -n "$out" ] || usage "--out is missing: a folder for the new files"
  [ ${#files[@]} -gt 0 ] || usage "no files named"
  ours=${ours:-$(cd "$(dirname "$0")/.." && pwd)/build/bin/tap_nanoroot_example}
  config=${config:-$peer_config}
  need_program --peer "$peer"
  need_program --ours "$ours"
  need_file --peer-config "$peer_config"
  need_file --config "$config"
  need_folder --out "$out"
  peer=$(realpath -- "$peer") ours=$(realpath -- "$ours") out=$(realpath -- "$out")
  if [ -n "$check" ]; then need_program --check "$check" && check=$(realpath -- "$check"); fi
  if [ -n "$tmp" ]; then need_folder --tmp "$tmp" && tmp=$(realpath -- "$tmp"); fi
  local file name
  declare -A seen=()
  for file in "${files[@]}"; do
    name=$(basename -- "$file")
    [ -z "${seen[x$name]:-}" ] || usage "two files are named '$name': carry them over into two folders"
    seen[x$name]=1
    if [ "$file" -ef "$out/$name" ]; then usage "'$file' lies in --out itself: name another folder"; fi
  done
}

read_passphrase() {
  [ -n "$passphrase_file" ] || return 0
  need_file --passphrase-file "$passphrase_file"
  case $(stat -Lc %a -- "$passphrase_file") in
    *00) ;;
    *) usage "--passphrase-file: others may read '$passphrase_file' (chmod 600)" ;;
  esac
  local line
  IFS= read -r line <"$passphrase_file" || [ -n "$line" ] || usage "--passphrase-file: '$passphrase_file' is empty"
  [ -n "$line" ] || usage "--passphrase-file: the first line of '$passphrase_file' is empty"
  passphrase=("--passphrase=$line")
}

# Overwritten first, where the folder is none of a memory file system.
wipe() {
  find "$1" -type f -exec shred -fu -- {} + 2>/dev/null || true
  rm -rf -- "$1"
}

clean_up() {
  if [ -n "$child" ]; then
    kill "$child" 2>/dev/null || true
    wait "$child" 2>/dev/null || true
  fi
  if [ -n "$work" ]; then wipe "$work"; fi
  if [ -n "$stage" ]; then rm -rf -- "$stage"; fi
}

# A private folder for plaintext. Whatever an earlier run left because it was killed is wiped: nobody holds its lock.
make_work_folder() {
  local folder
  if [ -z "$tmp" ]; then
    for folder in "${XDG_RUNTIME_DIR:-}" /dev/shm /run; do
      if [ -d "$folder" ] && [ -w "$folder" ] && [ "$(stat -fc %T -- "$folder")" = tmpfs ]; then tmp=$folder; break; fi
    done
    if [ -z "$tmp" ]; then
      tmp=${TMPDIR:-/tmp}
      note "there is no memory file system: plaintext lies in '$tmp' for a moment, where a disk may keep traces of it" >&2
    fi
  fi
  for folder in "$tmp"/holdfast-carry-over.*; do
    if [ -d "$folder" ] && [ ! -L "$folder" ] && [ -O "$folder" ] && flock -n "$folder" true; then wipe "$folder"; fi
  done
  work=$(mktemp -d "$tmp/holdfast-carry-over.XXXXXXXX")
  exec 8<"$work"
  flock -n 8 || die "'$work' is in use"
}

make_stage() {
  exec 9<"$out"
  flock -n 9 || die "another run is carrying files into '$out'"
  rm -rf -- "$out"/.carry-over.*
  stage=$(mktemp -d "$out/.carry-over.XXXXXXXX")
}

failed() {
  printf 'carry-over: NOT carried over: %s: %s\n' "$1" "$2" >&2
  # What the program said, without any line that holds the passphrase.
  if [ -s "$work/said" ]; then
    if [ ${#passphrase[@]} -gt 0 ]; then
      tail -n 5 "$work/said" | grep -avFf <(printf '%s\n' "${passphrase[0]#*=}") | sed 's/^/  /' >&2 || true
    else
      tail -n 5 "$work/said" | sed 's/^/  /' >&2
    fi
  fi
  return 1
}

# In the background, so that a signal to this script is heard at once.
run() {
  local status=0
  "$@" <&0 >"$work/said" 2>&1 &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}

carry() {
  local file=$1 name=$2 plain=$work/plain again=$work/again new=$stage/$2
  run "$peer" --unseal --config "$peer_config" --infile "$file" --outfile "$plain" "${passphrase[@]}" ||
    { failed "$file" "NanoROOT's program does not unseal it"; return 1; }
  [ -s "$plain" ] || { failed "$file" "NanoROOT's program wrote no plaintext"; return 1; }
  if [ -n "$check" ]; then
    run "$check" <"$plain" || { : >"$work/said"; failed "$file" "what came out does not pass '$check'"; return 1; }
  fi
  run "$ours" --seal --config "$config" --infile "$plain" --outfile "$new" "${passphrase[@]}" ||
    { failed "$file" "it cannot be sealed"; return 1; }
  run "$ours" --unseal --config "$config" --infile "$new" --outfile "$again" "${passphrase[@]}" ||
    { failed "$file" "the new file does not unseal"; return 1; }
  cmp -s -- "$plain" "$again" || { : >"$work/said"; failed "$file" "the new file unseals to something else"; return 1; }
  { chmod --reference="$file" -- "$new" && sync -- "$new" && mv -fT -- "$new" "$out/$name"; } 2>"$work/said" ||
    { failed "$file" "it cannot be moved into '$out'"; return 1; }
  note "carried over: $file ($(stat -c %s -- "$plain") bytes)"
}

parse "$@"
verify_usage
read_passphrase
trap clean_up EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
make_work_folder
make_stage
exec </dev/null

carried=0 present=0 left=0
for file in "${files[@]}"; do
  case $file in -*) file=./$file ;; esac
  name=$(basename -- "$file")
  : >"$work/said"
  if [ ! -f "$file" ] || [ ! -r "$file" ]; then
    failed "$file" "it cannot be read" || left=$((left + 1))
  elif [ -f "$out/$name" ] && [ ! "$file" -nt "$out/$name" ]; then
    present=$((present + 1))
  elif carry "$file" "$name"; then
    carried=$((carried + 1))
  else
    left=$((left + 1))
  fi
  find "$work" -type f ! -name said -exec shred -fu -- {} +
  find "$stage" -type f -delete
done
note "$carried carried over, $present carried over before, $left not"
[ "$left" -eq 0 ]
