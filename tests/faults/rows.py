"""The commands that change something, in groups. A new command is a new row."""

from bases import GROUP, MACHINE, QUORUM
from device import Row

_INIT = f"init --sysroot {MACHINE}"
_CHEAP = f"{_INIT} --quorum {QUORUM}"
_RECOVERY = "--recovery-out {run}/out/recovery.txt"


def _recovery(words):
    """Another file for the code, as the command asks for where the first one is there."""
    return words.replace("recovery.txt", "recovery2.txt")


def _init(name, words, base="empty", **more):
    return Row(name, base, words, **more)


def _init_with_recovery(name, words, **more):
    return _init(name, f"{words} {_RECOVERY}", out="out/recovery.txt", kind="recovery",
                 options="--recovery-file {run}/out/recovery.txt", again=_recovery(f"{words} {_RECOVERY}"), **more)


INIT = [
    _init("init", f"{_CHEAP} --no-recovery"),
    _init("init with any 4 of 6", f"{_INIT} --no-recovery", rare=True),
    _init("init in folders that are missing", f"{_CHEAP} --no-recovery --dir {{run}}/a/b/state", state="a/b/state", rare=True),
    _init("init beside an old log", f"{_CHEAP} --no-recovery", base="remains", rare=True),
    _init("init --credfile", f"{_CHEAP} --no-recovery --credfile {{in}}/credentials.json", rare=True),
    _init_with_recovery("init --recovery-out", _CHEAP),
    _init("init --passphrase-file", f"{_CHEAP} --no-recovery --passphrase-file {{in}}/passphrase",
          options="--passphrase-file {in}/passphrase", unlock="--unlock-passphrase-file {in}/passphrase", rare=True),
    _init("init --group", f"{_CHEAP} --no-recovery --group {GROUP}"),
    _init("init --stateless", f"{_INIT} --stateless --device-salt-file {{in}}/salt"),
]

KEYS = [
    Row("key create, derived", "device", "key create new --alg ecdsa-p256"),
    Row("key create, random", "device", "key create new --alg ml-dsa-65 --origin random"),
    Row("key create, RSA", "device", "key create new --alg rsa-2048", rare=True),
    Row("key create, data key", "device", "key create new --alg aes-256", rare=True),
    Row("key create, the first", "bare", "key create new --alg ed25519"),
    Row("key create, the first of a group", "shared", "key create new --alg ed25519"),
    Row("key import", "device", "key import new --in {in}/import.pem"),
    Row("key rotate", "device", "key rotate sig"),
]

STATES = [
    Row("key disable", "device", "key disable rnd"),
    Row("key disable, all versions", "device", "key disable ver", each=True),
    Row("key enable", "disabled", "key enable rnd", rare=True),
    Row("key destroy, random", "device", "key destroy rnd --yes"),
    Row("key destroy, derived", "device", "key destroy sig --yes"),
    Row("key certificate --in", "device", "key certificate sig --in {in}/sig.crt"),
]

FILES = [
    Row("seal", "device", "seal --in {in}/plain --out {run}/out/sealed", out="out/sealed", kind="sealed"),
    Row("seal over a file", "outputs", "seal --in {in}/plain --out {run}/out/sealed", out="out/sealed", kind="sealed"),
    Row("unseal", "device", "unseal --in {in}/before.sealed --out {run}/out/plain", out="out/plain"),
    Row("unseal over a file", "outputs", "unseal --in {in}/before.sealed --out {run}/out/plain", out="out/plain"),
    Row("unseal --from-outside", "device", "unseal --from-outside --in {in}/before.encrypted --out {run}/out/plain",
        out="out/plain", rare=True),
    Row("encrypt --to", "device", "encrypt --to {in}/inbox.pem --in {in}/plain --out {run}/out/encrypted",
        out="out/encrypted", kind="encrypted"),
    Row("encrypt --key", "device", "encrypt --key data --in {in}/short --out {run}/out/data", out="out/data", kind="data",
        rare=True),
    Row("decrypt", "device", "decrypt --key data --in {in}/before.data --out {run}/out/plain", out="out/plain"),
    Row("key csr", "device", "key csr sig --subject CN=gate --out {run}/out/csr", out="out/csr", kind="csr"),
    Row("key selfsign", "device", "key selfsign sig --subject CN=gate --days 90 --out {run}/out/crt", out="out/crt",
        kind="certificate"),
    Row("key public", "device", "key public sig --out {run}/out/pem", out="out/pem", rare=True),
    Row("sign", "device", "sign --key sig --in {in}/plain --out {run}/out/signature", out="out/signature",
        kind="signature"),
]

def _code(name, words, base="recoverable", **more):
    return Row(name, base, words, options="--recovery-file {run}/out/recovery.txt", **more)


def _escrow(out):
    return f"escrow add --officer {{in}}/ada.pem --officer {{in}}/bob.pem --threshold 2 --out {{run}}/{out}"


CHANGES = [
    _code("migrate", "migrate --yes", base="drifted"),
    _code("recovery new", f"recovery new {_recovery(_RECOVERY)}", out="out/recovery2.txt", kind="another code",
          again="recovery new --recovery-out {run}/out/recovery3.txt"),
    _code("recovery new, the first", f"recovery new {_RECOVERY}", base="device", out="out/recovery.txt", kind="another code",
          again=f"recovery new {_recovery(_RECOVERY)}", rare=True),
    _code("recovery revoke", "recovery revoke --yes"),
    _code("recovery test", "recovery test --recovery-file {run}/out/recovery.txt", rare=True),
    Row("escrow add", "device", _escrow("out/first"), out="out/first/share-1.pem", kind="share", again=_escrow("out/second")),
    Row("escrow add --replace", "escrowed", _escrow("out/first") + " --replace", out="out/first/share-2.pem", kind="share",
        again=_escrow("out/second") + " --replace", rare=True),
    Row("escrow remove", "escrowed", "escrow remove --yes", rare=True),
    Row("puf enrol, the first, required", "device", "puf enrol --as required --credfile {in}/noisy.json --yes"),
    Row("puf enrol, the first, a slot", "device", "puf enrol --as slot --credfile {in}/noisy.json --yes", rare=True),
    Row("puf enrol, again", "noisy", "puf enrol --yes", rare=True),
    _code("rotate-root", "rotate-root --yes"),
    Row("epoch drop", "moved", "epoch drop 1 --yes"),
    Row("reseal", "rotated", "reseal {run}/out/sealed", out="out/sealed", kind="sealed"),
    Row("policy", "device", "policy --migration within-margin", rare=True),
    Row("policy, over an older copy", "put back", "policy --migration within-margin --accept-rollback", rare=True),
    Row("status --accept-rollback", "put back", "status --accept-rollback"),
]

# What is refused stays refused: a fault opens no door.
REFUSED = [
    Row("sign with a superseded key", "device", "sign --key ver@1 --in {in}/plain --out {run}/out/signature",
        out="out/signature", refused=True),
    Row("sign with a disabled key", "disabled", "sign --key rnd --in {in}/plain --out {run}/out/signature",
        out="out/signature", refused=True),
    Row("encrypt with another key", "device", "encrypt --key sig --in {in}/plain --out {run}/out/signature",
        out="out/signature", refused=True),
    Row("unseal on another machine", "elsewhere", "unseal --in {in}/elsewhere.sealed --out {run}/out/plain",
        out="out/plain", refused=True),
    Row("unseal what was altered", "device", "unseal --in {in}/altered --out {run}/out/plain", out="out/plain", refused=True),
    Row("key create, a name that is taken", "device", "key create sig --alg ed25519", refused=True),
    Row("init, where there is an anchor", "device", f"{_CHEAP} --no-recovery", refused=True),
]


def _without_nameless_files(row):
    return Row(**{**row.__dict__, "name": f"{row.name}, without nameless files", "nameless_files": False})


def _named(*names):
    rows = [row for row in INIT + KEYS + STATES + FILES + CHANGES if row.name in names]
    assert len(rows) == len(names)
    return [_without_nameless_files(row) for row in rows]


GROUPS = {
    "init": INIT,
    "keys": KEYS,
    "states": STATES,
    "files": FILES,
    "changes": CHANGES,
    "refused": REFUSED,
    # On file systems such as NFS and FAT, where what is being written has a name from the beginning.
    "without_nameless_files": _named("init --recovery-out", "key create, random", "key disable", "key destroy, random",
                                     "seal", "unseal over a file", "rotate-root"),
}


def _without(rows, *names):
    return [row for row in rows if row.name not in names]


# Whose operations are recorded, cut short and reordered: each way in which files come to be, once.
REORDERED = {
    "init": _without(INIT, "init with any 4 of 6", "init --credfile", "init --passphrase-file"),
    "keys": _without(KEYS + STATES, "key create, RSA", "key create, data key", "key destroy, derived"),
    # The recorder does not know files that are named by a folder's descriptor, as reseal does; it writes as "seal over a
    # file" does.
    "changes": _without(CHANGES, "policy", "policy, over an older copy", "recovery test", "reseal"),
    "files": [row for row in FILES if row.name in ("seal", "seal over a file", "unseal over a file", "key csr")],
    "without_nameless_files": GROUPS["without_nameless_files"],
}
