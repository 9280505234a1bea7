#!/usr/bin/python3
"""Anchor files in Python, written from docs/formats/anchor.md and independent of the C++ code.

usage: reference.py --check [FOLDER]       verify every vector in FOLDER (default: beside this file), and that
                                           altered files are refused; exit status 1 where one does not hold
       reference.py --open STATE [--attributes FILE] [--passphrase-file FILE] [--recovery-file FILE] [--escrow SHARE ...]
                                           open a real state folder; FILE with attributes is what
                                           `holdfast --json fingerprint --show-values` prints

make.py writes the vectors. ML-KEM comes from the openssl command (3.5 or later), the rest from Debian's python3-cryptography and python3-argon2.
"""

import argparse
import base64
import copy
import hashlib
import hmac
import importlib.util
import itertools
import json
import math
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unicodedata

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True  # of the sealed files' reference
MAGIC = b"holdfast-anchor-v1\n"
MAX_FILE = 1 << 20
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CLASSES = {"burned-in", "board", "replaceable", "software", "declared"}
SHARING_PRIME = 2**256 + 297
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
P384_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973


class Refusal(Exception):
    """What must not open; `kind` is the word of the specification, `why` is for people."""

    def __init__(self, kind, why=""):
        super().__init__(f"{kind}: {why}")
        self.kind = kind


def require(condition, kind, why=""):
    if not condition:
        raise Refusal(kind, why)


# Encodings and derivation


def u32(number):
    return number.to_bytes(4, "big")


def lp(field):
    return u32(len(field)) + field


def label(purpose):
    return b"holdfast/v1/" + purpose.encode()


def hkdf(key, salt, info, size=32):
    """RFC 5869 with SHA-512, spelled out."""
    pseudorandom = hmac.digest(salt or bytes(64), key, "sha512")
    output, block, count = b"", b"", 0
    while len(output) < size:
        count += 1
        block = hmac.digest(pseudorandom, block + info + bytes([count]), "sha512")
        output += block
    return output[:size]


def argon2id(secret, salt, costs):
    return hash_secret_raw(secret, salt, costs["passes"], costs["memory_kib"], costs["lanes"], 32, Type.ID, 0x13)


def pbkdf2(secret, salt, costs):
    return hashlib.pbkdf2_hmac("sha512", secret, salt, costs["iterations"], 32)


def unwrap(key, associated, wrapped):
    try:
        return AESGCM(key).decrypt(wrapped[:12], wrapped[12:], associated)
    except InvalidTag as problem:
        raise Refusal("malformed", "a wrap does not open") from problem


def unbase64(text):
    return base64.b64decode(text, validate=True)


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


class Root:
    def __init__(self, anchor, secret):
        self.anchor, self.secret = anchor, secret

    def key(self, purpose, context=b"", size=32):
        return hkdf(self.secret, self.anchor, label(purpose) + lp(context), size)


def other_reference(folder):
    """The reference of another format, as a module."""
    spec = importlib.util.spec_from_file_location(f"{folder}_reference", HERE.parent / folder / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PUF = other_reference("puf")

# What a body may hold


def text(limit):
    return lambda v: isinstance(v, str) and len(v.encode()) <= limit


def number(least, most):
    return lambda v: type(v) is int and least <= v <= most


def boolean(value):
    return isinstance(value, bool)


def hexadecimal(size):
    return lambda v: isinstance(v, str) and re.fullmatch(f"[0-9a-f]{{{2 * size}}}", v)


def base64_of(least, most=None):
    def holds(value):
        try:
            decoded = unbase64(value)
        except (ValueError, TypeError):
            return False
        return base64.b64encode(decoded).decode() == value and least <= len(decoded) <= (most or least)

    return holds


def array(least, most, element):
    return lambda v: isinstance(v, list) and least <= len(v) <= most and all(element(e) for e in v)


def members(optional=(), /, **checks):
    def holds(value):
        if not isinstance(value, dict) or not set(checks) - set(optional) <= set(value) <= set(checks):
            return False
        return all(checks[name](element) for name, element in value.items())

    return holds


def any_of(checks):
    return lambda v: any(check(v) for check in checks)


def one_of(words):
    return lambda v: isinstance(v, str) and v in words


def is_time(value):
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value)


SLOT = {"id": hexadecimal(8), "epoch": number(1, 2**32 - 1), "salt": base64_of(32)}
ATTRIBUTE = members(
    name=text(1024),
    source=text(8204),
    **{"class": one_of(CLASSES)},
    group=text(1024),
    bits=number(0, 256),
    bits_claimed=boolean,
    only_root_reads=boolean,
    salt=base64_of(32),
)
# A slot has exactly one of these, and of the groups below both members of one.
STRETCHINGS = {
    "argon2": members(memory_kib=number(19456, 1048576), passes=number(2, 16), lanes=number(1, 4)),
    "pbkdf2": members(iterations=number(250000, 10000000)),
}
def is_helper(value):
    if not base64_of(1, 262144)(value):
        return False
    try:
        repetitions, rule, first, _, picked, offset = PUF.parse(unbase64(value))
    except (AssertionError, IndexError):
        return False
    return repetitions <= 127 and first + (2 * len(picked) if rule else len(offset)) <= 1 << 20


NOISY = members(
    name=text(1024),
    source=text(8204),
    **{"class": one_of({"physical", "declared"})},
    only_root_reads=boolean,
    salt=base64_of(32),
    helper=is_helper,
)
PUF_SLOTS = [
    members(type=one_of({"puf"}), **SLOT, **{stretching: costs}, noisy=NOISY, wrap=base64_of(92))
    for stretching, costs in STRETCHINGS.items()
]
FINGERPRINT_SLOTS = [
    members(
        {"noisy"},
        type=one_of({"fingerprint"}),
        **SLOT,
        **{stretching: costs},
        quorum=number(0, 128),
        counted=array(0, 128, ATTRIBUTE),
        required=array(0, 128, ATTRIBUTE),
        passphrase=boolean,
        noisy=NOISY,
        wraps=array(1, 220, base64_of(92)),
    )
    for stretching, costs in STRETCHINGS.items()
]
OFFICER = members(
    subject=text(1024), fingerprint=hexadecimal(32), expires=is_time, check=hexadecimal(32), share=base64_of(1, 16384)
)
# What opens with a secret that lies somewhere else: the recovery code, or what the officers share.
SECRET_SLOTS = [
    members(
        type=one_of({kind}),
        **SLOT,
        **more,
        **{f"public_{group}": base64_of(size), f"ephemeral_{group}": base64_of(size)},
        public_ml_kem_768=base64_of(1184),
        ciphertext_ml_kem_768=base64_of(1088),
        wrapped=base64_of(60),
        authentication=hexadecimal(32),
        authentication_key=base64_of(60),
    )
    for group, size in {"x25519": 32, "p384": 97}.items()
    for kind, more in {
        "recovery": {},
        "escrow": {
            "name": lambda v: v != "" and text(64)(v),
            "made": is_time,
            "threshold": number(2, 16),
            "officers": array(0, 16, OFFICER),
        },
    }.items()
]
TIERS = {"declared", "software", "physical"}
BODY = members(
    {"lowest_tier", "migration", "module", "older_roots", "origin", "participants", "profile"},
    anchor=hexadecimal(16),
    created=is_time,
    credential_file=text(4096),
    epoch=number(1, 2**32 - 1),
    events=members(count=number(0, 2**32 - 1), head=hexadecimal(32)),
    generation=number(1, 2**64 - 1),
    low_entropy_accepted=boolean,
    lowest_tier=one_of(TIERS),
    made_by=text(128),
    migration=members(
        mode=one_of({"manual", "within-margin"}), most_changes=number(1, 128), rest_days=number(0, 3650)
    ),
    module=one_of({"fips"}),
    older_roots=array(
        1, 256, members(epoch=number(1, 2**32 - 1), tier=one_of(TIERS), wrapped=base64_of(60))
    ),
    origin=base64_of(28, 16384),
    participants=one_of({"named"}),
    platform=text(64),
    profile=lambda v: v != "" and text(64)(v),
    remembered=base64_of(0, 262144),
    slots=array(1, 16, any_of(FINGERPRINT_SLOTS + SECRET_SLOTS + PUF_SLOTS)),
    sysroot=text(4096),
)


def parse_line(line):
    def without_twins(pairs):
        require(len(pairs) == len({name for name, _ in pairs}), "malformed", "a member appears twice")
        return dict(pairs)

    try:
        value = json.loads(line.decode(), object_pairs_hook=without_twins)
        require(canonical(value) == line, "malformed", "not canonical")
    except (ValueError, RecursionError) as problem:
        raise Refusal("malformed", str(problem)) from problem
    return value


def parse_anchor(data):
    """The body, the bytes under the MAC, and the MAC."""
    require(len(data) <= MAX_FILE and data.startswith(MAGIC), "malformed", "first line")
    parts = re.fullmatch(rb"([^\n]*\n[^\n]*\n)(mac ([0-9a-f]{64})\n)sha256 ([0-9a-f]{64})\n", data)
    require(parts, "malformed", "lines 2 to 4")
    digest = hashlib.sha256(parts[1] + parts[2]).hexdigest().encode()
    require(digest == parts[4], "malformed", "digest")
    body = parse_line(parts[1].split(b"\n")[1])
    require(BODY(body), "malformed", "a member or bound of the body")
    require(len({s["id"] for s in body["slots"]}) == len(body["slots"]), "malformed", "two slots of one id")
    for slot in body["slots"]:
        require(slot["epoch"] == body["epoch"], "malformed", "a slot's epoch")
        if slot["type"] == "fingerprint":
            wanted = math.comb(len(slot["counted"]), slot["quorum"])
            require(len(slot["wraps"]) == wanted, "malformed", "number of wraps")
        if slot["type"] == "escrow":
            require(slot["threshold"] <= len(slot["officers"]), "malformed", "fewer officers than it takes")
    epochs = [older["epoch"] for older in body.get("older_roots", [])] + [body["epoch"]]
    require(all(a < b for a, b in itertools.pairwise(epochs)), "malformed", "order of the older roots")
    return body, parts[1], bytes.fromhex(parts[3].decode())


def require_approved(body, slot, name):
    """The FIPS provider has neither Argon2id nor X25519."""
    require(name in slot or "module" not in body, "malformed", f"no {name} for the FIPS provider")


def associated_of(body, slot, wrapped):
    parameters = {name: value for name, value in slot.items() if name not in wrapped}
    return label("slot") + lp(bytes.fromhex(body["anchor"])) + u32(slot["epoch"]) + lp(canonical(parameters))


# Fingerprint slots


def normal_passphrase(typed):
    """As typed on a line, which may have ended with LF or CR LF."""
    return unicodedata.normalize("NFC", re.sub(r"\r?\n\Z", "", typed)).encode()


def factor_key(attribute, values):
    value = values.get((attribute["name"], attribute["source"]))
    if value is None:
        return None
    info = label("factor") + lp(attribute["name"].encode()) + lp(attribute["source"].encode())
    return hkdf(lp(value), unbase64(attribute["salt"]), info)


def noisy_secret(noisy, values):
    """What this reading gives, right or wrong; None where there is none that is long enough."""
    response = values.get(("response", noisy["name"], noisy["source"]))
    helper = unbase64(noisy["helper"])
    _, rule, first, _, picked, offset = PUF.parse(helper)
    if response is None or len(response) < first + (2 * len(picked) if rule else len(offset)):
        return None
    return PUF.reconstruct(response, helper)


def noisy_key(noisy, values):
    secret = noisy_secret(noisy, values)
    require(secret, "does_not_open", "the noisy source is not present")
    info = label("factor") + lp(noisy["name"].encode()) + lp(noisy["source"].encode())
    return hkdf(lp(secret), unbase64(noisy["salt"]), info)


def required_factors(slot, values, passphrase):
    factors = b""
    for attribute in slot["required"]:
        key = factor_key(attribute, values)
        require(key, "does_not_open", "a required attribute is not present")
        factors += lp(b"attribute") + lp(key)
    if "noisy" in slot:
        factors += lp(b"puf") + lp(noisy_key(slot["noisy"], values))
    if slot["passphrase"]:
        require(passphrase is not None, "does_not_open", "the passphrase is needed")
        factors += lp(b"passphrase") + lp(normal_passphrase(passphrase))
    return factors


def stretch(secret, salt, slot):
    if "pbkdf2" in slot:
        return pbkdf2(secret, salt, slot["pbkdf2"])
    return argon2id(secret, salt, slot["argon2"])


def open_fingerprint_slot(body, slot, values, passphrase):
    """The root, and the subset that opened it."""
    require_approved(body, slot, "pbkdf2")
    salt = unbase64(slot["salt"])
    associated = associated_of(body, slot, {"wraps"})
    keys = [factor_key(attribute, values) for attribute in slot["counted"]]
    required = required_factors(slot, values, passphrase)
    subsets = itertools.combinations(range(len(keys)), slot["quorum"])
    for subset, stored in zip(subsets, map(unbase64, slot["wraps"])):
        if any(keys[i] is None for i in subset):
            continue
        s = bytes(subset)
        x = hkdf(lp(s) + b"".join(lp(keys[i]) for i in subset), salt, label("quorum") + lp(s))
        stretched = stretch(lp(x) + required, salt, slot)
        w = hkdf(stretched, b"", label("wrap") + lp(bytes.fromhex(slot["id"])) + lp(s))
        if hmac.compare_digest(hkdf(w, b"", label("commit")), stored[:32]):
            return unwrap(w, associated + lp(s), stored[32:]), list(subset)
    raise Refusal("does_not_open", "no subset opens")


def open_puf_slot(body, slot, values):
    require_approved(body, slot, "pbkdf2")
    guess = lp(b"puf") + lp(noisy_key(slot["noisy"], values))
    w = hkdf(stretch(guess, unbase64(slot["salt"]), slot), b"", label("puf-wrap") + lp(bytes.fromhex(slot["id"])))
    stored = unbase64(slot["wrap"])
    require(hmac.compare_digest(hkdf(w, b"", label("commit")), stored[:32]), "does_not_open", "the noisy source")
    return unwrap(w, associated_of(body, slot, {"wrap"}), stored[32:])


# Recovery slots


def format_code(code):
    both = code + hashlib.sha256(label("recovery-checksum") + code).digest()[:5]
    value = int.from_bytes(both, "big")
    digits = "".join(CROCKFORD[value >> shift & 31] for shift in range(195, -1, -5))
    return "-".join(digits[i : i + 5] for i in range(0, 40, 5))


def parse_code(typed):
    digits = re.sub(r"[\s-]", "", typed).upper().translate(str.maketrans("ILO", "110"))
    require(len(digits) == 40 and set(digits) <= set(CROCKFORD), "wrong_passphrase", "not a recovery code")
    value = 0
    for digit in digits:
        value = value << 5 | CROCKFORD.index(digit)
    code, checksum = value.to_bytes(25, "big")[:20], value.to_bytes(25, "big")[20:]
    expected = hashlib.sha256(label("recovery-checksum") + code).digest()[:5]
    require(expected == checksum, "wrong_passphrase", "the code's checksum")
    return code


def openssl(*arguments, **options):
    return subprocess.run(["openssl", *arguments], stdout=subprocess.PIPE, check=True, **options).stdout


class MlKem768:
    """The key pair of a seed, by the openssl command; the seed goes in as PKCS #8."""

    def __init__(self, seed):
        octets = b"\x04\x42\x80\x40" + seed
        content = b"\x02\x01\x00" + b"\x30\x0b" + bytes.fromhex("0609608648016503040402") + octets
        self.pkcs8 = b"\x30" + bytes([len(content)]) + content

    def public(self):
        return openssl("pkey", "-inform", "DER", "-pubout", "-outform", "DER", input=self.pkcs8)[-1184:]

    def decapsulate(self, ciphertext):
        with tempfile.TemporaryDirectory() as folder:
            key, message, secret = (os.path.join(folder, name) for name in ("key", "ciphertext", "secret"))
            pathlib.Path(key).write_bytes(self.pkcs8)
            pathlib.Path(message).write_bytes(ciphertext)
            openssl("pkeyutl", "-decap", "-keyform", "DER", "-inkey", key, "-in", message, "-secret", secret)
            return pathlib.Path(secret).read_bytes()


class X25519:
    name, seed_size, label = "x25519", 32, "hybrid-kem"

    def __init__(self, seed):
        self.key = X25519PrivateKey.from_private_bytes(seed)

    def public(self):
        return self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def agree(self, peer):
        return self.key.exchange(X25519PublicKey.from_public_bytes(peer))


class P384:
    name, seed_size, label = "p384", 56, "hybrid-kem-p384"

    def __init__(self, seed):
        self.key = ec.derive_private_key(int.from_bytes(seed, "big") % (P384_ORDER - 1) + 1, ec.SECP384R1())

    def public(self):
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def agree(self, peer):
        """The x-coordinate of the shared point, 48 bytes."""
        return self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), peer))


def open_with_secret(body, slot, code, kind):
    """The root, by the recovery code's bytes or the secret that officers share; `kind` begins the labels."""
    require_approved(body, slot, "public_p384")
    group = P384 if "public_p384" in slot else X25519
    anchor, identity, salt = bytes.fromhex(body["anchor"]), bytes.fromhex(slot["id"]), unbase64(slot["salt"])
    seed = hkdf(code, salt, label(f"{kind}-key-pair") + lp(anchor) + lp(identity), group.seed_size + 64)
    auth_key = hkdf(code, salt, label(f"{kind}-authentication") + lp(anchor) + lp(identity))
    classical, ml_kem = group(seed[: group.seed_size]), MlKem768(seed[group.seed_size :])
    public_c, public_m = classical.public(), ml_kem.public()
    stored = unbase64(slot[f"public_{group.name}"]), unbase64(slot["public_ml_kem_768"])
    require((public_c, public_m) == stored, "wrong_passphrase", "the secret of another slot")
    names = (f"ephemeral_{group.name}", "ciphertext_ml_kem_768", "wrapped")
    ephemeral, ciphertext, wrapped = (unbase64(slot[name]) for name in names)
    associated = associated_of(body, slot, {*names, "authentication", "authentication_key"})
    message = label(f"{kind}-wrap") + lp(associated) + lp(ephemeral) + lp(ciphertext) + lp(wrapped)
    authentication = hmac.digest(auth_key, message, "sha256").hex()
    require(hmac.compare_digest(authentication, slot["authentication"]), "malformed", "authentication")
    shared_c, shared_m = classical.agree(ephemeral), ml_kem.decapsulate(ciphertext)
    info = label(group.label) + lp(ciphertext) + lp(ephemeral) + lp(public_m) + lp(public_c)
    root = unwrap(hkdf(lp(shared_m) + lp(shared_c), b"", info), associated, wrapped)
    kept = Root(anchor, root).key(f"{kind}-authentication-key", identity)
    require(unwrap(kept, associated, unbase64(slot["authentication_key"])) == auth_key, "malformed", "kept key")
    return root


# Escrow slots


SHARE_LINES = ("anchor", "escrow", "name", "officer", "share", "of", "needed", "value")


def parse_share(opened):
    """The lines of an opened share, by name."""
    lines = "".join(rf"{name} ([^\n]{{1,1024}})\n" for name in SHARE_LINES)
    parts = re.fullmatch(rf"(holdfast-escrow-share-v1\n{lines})sha256 ([0-9a-f]{{64}})\n", opened)
    require(parts and len(opened.encode()) <= 4096, "malformed", "lines of a share")
    require(hashlib.sha256(parts[1].encode()).hexdigest() == parts[len(SHARE_LINES) + 2], "malformed", "digest of a share")
    share = dict(zip(SHARE_LINES, parts.groups()[1:]))
    for name in ("share", "of", "needed"):
        require(re.fullmatch("[1-9]|1[0-6]", share[name]), "malformed", f"number {name}")
    for name, size in (("anchor", 16), ("escrow", 8), ("value", 33)):
        require(hexadecimal(size)(share[name]), "malformed", f"size of {name}")
    return share


def check_of(body, slot, index, value):
    info = label("escrow-share-check") + lp(bytes.fromhex(body["anchor"])) + lp(bytes.fromhex(slot["id"])) + u32(index)
    return hkdf(value, unbase64(slot["salt"]), info).hex()


def combine_shares(body, slot, opened):
    points = {}
    for share in map(parse_share, opened):
        index, value = int(share["share"]), bytes.fromhex(share["value"])
        require(share["anchor"] == body["anchor"], "wrong_passphrase", "a share of another anchor")
        require(share["escrow"] == slot["id"], "wrong_passphrase", "a share of another escrow")
        require(index <= len(slot["officers"]), "malformed", "a share of nobody")
        known = slot["officers"][index - 1]["check"]
        require(hmac.compare_digest(check_of(body, slot, index, value), known), "malformed", "an altered share")
        require(index not in points, "usage", "a share comes twice")
        points[index] = int.from_bytes(value, "big")
    require(len(points) >= slot["threshold"], "does_not_open", "too few shares")
    points = dict(list(points.items())[: slot["threshold"]])
    secret = 0
    for i, value in points.items():
        others = [j for j in points if j != i]
        below = math.prod(j - i for j in others)
        secret += value * math.prod(others) * pow(below, -1, SHARING_PRIME)
    return (secret % SHARING_PRIME).to_bytes(32, "big")


def decrypt_share(share, key):
    """An encrypted share, by the openssl command and the file of an officer's key."""
    return openssl("cms", "-decrypt", "-inform", "DER", "-inkey", str(key), input=share).decode()


# The whole file


ORIGIN_HASHES = ("cloud_instance", "file_system", "generation_id", "machine_id")
ORIGIN_WORDS = ("build_id", "image_id", "image_version", "platform")
ORIGIN = members(
    {*ORIGIN_HASHES, *ORIGIN_WORDS, "folder"},
    **{name: hexadecimal(32) for name in ORIGIN_HASHES},
    **{name: text(1024) for name in ORIGIN_WORDS},
    folder=number(0, 2**64 - 1),
    signs=array(0, 16, lambda v: isinstance(v, str)),
)


def origin_hash(member, value):
    return hashlib.sha256(label("origin") + lp(member.encode()) + lp(value)).hexdigest()


class Opened:
    def __init__(self, body, root, subset):
        self.body, self.root, self.subset = body, root, subset

    def root_of(self, epoch):
        """The root of any epoch that the anchor knows."""
        if epoch == self.body["epoch"]:
            return self.root
        older = next((o for o in self.body.get("older_roots", []) if o["epoch"] == epoch), None)
        require(older, "does_not_open", f"epoch {epoch} was dropped")
        associated = self.root.anchor + u32(epoch) + u32(self.body["epoch"])
        return Root(self.root.anchor, unwrap(self.root.key("older-root", u32(epoch)), associated, unbase64(older["wrapped"])))

    def remembered(self):
        plain = unwrap(self.root.key("remembered-state"), self.root.anchor, unbase64(self.body["remembered"]))
        state = parse_line(plain)
        good = array(0, 10000, members(name=text(1024), source=text(8204), sha256=hexadecimal(32)))
        require(good(state), "malformed", "remembered state")
        return state

    def origin(self):
        """None in files that were made before there was one."""
        if "origin" not in self.body:
            return None
        origin = parse_line(unwrap(self.root.key("origin"), self.root.anchor, unbase64(self.body["origin"])))
        require(ORIGIN(origin), "malformed", "origin")
        return origin

    def changed(self, values):
        """Names of remembered attributes whose value differs or is missing."""
        names = []
        noisy = noisy_of(self.body)
        secret = noisy and noisy_secret(noisy, values)
        if secret:
            values = {**values, (noisy["name"], noisy["source"]): secret}
        for entry in self.remembered():
            key = entry["name"], entry["source"]
            hashed = lp(key[0].encode()) + lp(key[1].encode()) + values.get(key, b"")
            if key not in values or hashlib.sha256(hashed).hexdigest() != entry["sha256"]:
                names.append(entry["name"])
        return names


def first_slot(body, kind):
    return next((slot for slot in body["slots"] if slot["type"] == kind), None)


def noisy_of(body):
    """The anchor's noisy source, whatever it is for."""
    return next((slot["noisy"] for slot in body["slots"] if "noisy" in slot), None)


def open_by_machine(body, values, passphrase):
    """The root, and the subset that opened it, or None where the noisy source did."""
    slot, puf = first_slot(body, "fingerprint"), first_slot(body, "puf")
    require(slot or puf, "does_not_open", "no fingerprint slot")
    try:
        if slot:
            return open_fingerprint_slot(body, slot, values, passphrase)
    except Refusal as refusal:
        if refusal.kind != "does_not_open" or not puf:
            raise
    return open_puf_slot(body, puf, values), None


def open_anchor(data, values, passphrase=None, recovery_code=None, shares=None):
    body, authenticated, mac = parse_anchor(data)
    subset = None
    if shares is not None:
        slot = first_slot(body, "escrow")
        require(slot, "not_found", "no escrow slot")
        secret = open_with_secret(body, slot, combine_shares(body, slot, shares), "escrow")
    elif recovery_code is None:
        secret, subset = open_by_machine(body, values, passphrase)
    else:
        slot = first_slot(body, "recovery")
        require(slot, "not_found", "no recovery slot")
        secret = open_with_secret(body, slot, parse_code(recovery_code), "recovery")
    root = Root(bytes.fromhex(body["anchor"]), secret)
    expected = hmac.digest(root.key("anchor-mac"), authenticated, "sha256")
    require(hmac.compare_digest(expected, mac), "malformed", "MAC")
    return Opened(body, root, subset)


# What grows from the root


EVENT = members(
    sequence=number(1, 2**64 - 1), time=is_time, type=text(64), detail=text(4096), previous=hexadecimal(32)
)


def event_hash(previous, line):
    return hashlib.sha256(label("event") + lp(previous) + lp(line)).digest()


def check_events(log, head):
    """The events that the head stands for, without an uncommitted tail."""
    hashes, events = [bytes(32)], []
    for line in log.split(b"\n")[:-1][: head["count"]]:
        event = parse_line(line)
        require(EVENT(event) and event["sequence"] == len(events) + 1, "malformed", "event")
        require(event["previous"] == hashes[-1].hex(), "malformed", "chain of events")
        hashes.append(event_hash(hashes[-1], line))
        events.append(event)
    require(len(events) >= head["count"], "malformed", "missing events")
    require(hashes[head["count"]].hex() == head["head"], "malformed", "head of the events")
    return events[: head["count"]]


def derived_public_key(root, record):
    """DER SubjectPublicKeyInfo of a derived key; None for the algorithms that the keys' own reference covers."""
    context = lp(record["algorithm"].encode()) + lp(record["name"].encode()) + u32(record["version"])
    if record["algorithm"] == "ed25519":
        key = ed25519.Ed25519PrivateKey.from_private_bytes(root.key("identity-key", context))
    elif record["algorithm"] == "ecdsa-p256":
        material = int.from_bytes(root.key("identity-key", context, 40), "big")
        key = ec.derive_private_key(material % (P256_ORDER - 1) + 1, ec.SECP256R1())
    else:
        return None
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def check_key_file(root, data):
    """The record of a key file that is authentic and, where it is derived, agrees with the root."""
    lines = data.split(b"\n")
    header = b"\n".join(lines[:2]) + b"\n"
    record = parse_line(lines[1])
    secret = unwrap(root.key("key-store"), header, unbase64(lines[2]))
    require((record["origin"] == "derived") == (secret == b""), "malformed", "secret of a key")
    if record["origin"] == "derived":
        public = derived_public_key(root, record)
        require(public in (None, unbase64(record["public_key"])), "malformed", "public key")
    return record


def unseal(root, epoch, data, passphrase=None):
    """By the sealed files' own reference."""
    sealed = other_reference("sealed")
    return sealed.unseal(sealed.Device(root.secret, root.anchor, epoch), data, passphrase and passphrase.encode())


# Checking vectors


class Report:
    def __init__(self):
        self.held, self.failed = 0, 0

    def check(self, what, holds, why=""):
        if holds:
            self.held += 1
        else:
            self.failed += 1
            print(f"FAILED  {what}: {why}")
        return holds

    def refuses(self, what, kinds, action):
        try:
            action()
        except Refusal as refusal:
            return self.check(what, refusal.kind in kinds, f"refused as {refusal.kind}, not as {' or '.join(kinds)}")
        return self.check(what, False, f"accepted, but should be refused as {' or '.join(kinds)}")


def values_of(case):
    values = {(a["name"], a["source"]): a["value"].encode() for a in case.get("attributes", [])}
    if "noisy" in case:
        noisy = case["noisy"]
        values["response", noisy["name"], noisy["source"]] = bytes.fromhex(noisy["response"])
    return values


def open_case(data, case):
    return open_anchor(
        data, values_of(case), case.get("passphrase"), case.get("recovery_code"), case.get("escrow_shares")
    )


def with_checks(body, root=None, mac=None):
    """A file with this body and a right digest; the MAC is right where there is a root."""
    lines = MAGIC + canonical(body) + b"\n"
    mac = hmac.digest(root.key("anchor-mac"), lines, "sha256") if root else mac
    lines += b"mac " + mac.hex().encode() + b"\n"
    return lines + b"sha256 " + hashlib.sha256(lines).hexdigest().encode() + b"\n"


def flipped(data, at):
    at %= len(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def flip_base64(holder, name, at=0):
    holder[name] = base64.b64encode(flipped(unbase64(holder[name]), at)).decode()


def kind_of(case):
    if "escrow_shares" in case:
        return "escrow"
    if "recovery_code" in case:
        return "recovery"
    return "puf" if "noisy" in case and case.get("subset") is None else "fingerprint"


def renamed(holder, name, other):
    holder[other] = holder.pop(name)


def alterations_of_body(body):
    yield "generation", lambda body: body.update(generation=body["generation"] + 1), {"malformed"}
    yield "path of attributes", lambda body: body.update(sysroot=body["sysroot"] + "x"), {"malformed"}
    yield "head of events", lambda body: body["events"].update(count=0, head="00" * 32), {"malformed"}
    yield "remembered state", lambda body: flip_base64(body, "remembered", 20), {"malformed"}
    if "origin" in body:
        yield "origin", lambda body: flip_base64(body, "origin", 20), {"malformed"}
        yield "origin left out", lambda body: body.pop("origin"), {"malformed"}
    yield "short origin", lambda body: body.update(origin="AAAA"), {"malformed"}
    yield "unknown module", lambda body: body.update(module="standard"), {"malformed"}
    yield "no profile's name", lambda body: body.update(profile=""), {"malformed"}
    yield "another profile", lambda body: body.update(profile="legacy"), {"malformed"}
    if "module" in body:
        yield "module left out", lambda body: body.pop("module"), {"malformed"}
    else:
        yield "module put in", lambda body: body.update(module="fips"), {"malformed"}


def alterations_of_costs(slot):
    least = {"argon2": {"memory_kib": 19456, "passes": 2, "lanes": 1}, "pbkdf2": {"iterations": 250000}}
    used, other = ("pbkdf2", "argon2") if "pbkdf2" in slot else ("argon2", "pbkdf2")
    yield f"{used} and {other}", lambda s: s.update({other: least[other]}), {"malformed"}
    yield "nothing that stretches", lambda s: s.pop(used), {"malformed"}
    yield f"{used}'s costs under {other}", lambda s: renamed(s, used, other), {"malformed"}
    yield "an unknown cost", lambda s: s[used].update(threads=1), {"malformed"}
    bounds = {"memory_kib": (19455, 1048577), "passes": (1, 17), "lanes": (0, 5), "iterations": (249999, 10000001)}
    for cost in slot[used]:
        for value in (*bounds[cost], str(slot[used][cost]), True):
            yield f"{cost} {value!r}", lambda s, c=cost, v=value: s[used].update({c: v}), {"malformed"}
    changed = "iterations" if used == "pbkdf2" else "passes"
    yield f"one more of {changed}", lambda s: s[used].update({changed: s[used][changed] + 1}), {"does_not_open"}


def alterations_of_fingerprint_slot(slot):
    yield "slot's salt", lambda s: flip_base64(s, "salt"), {"does_not_open"}
    yield "slot's id", lambda s: s.update(id="00" * 8), {"does_not_open"}
    yield "wrapped root", lambda s: flip_base64(s["wraps"], 0, 50), {"malformed"}
    yield "a bound parameter", lambda s: (s["counted"] or s["required"])[0].update(bits=7), {"malformed"}
    yield "nonce", lambda s: flip_base64(s["wraps"], 0, 32), {"malformed"}
    if "noisy" in slot:
        for what, change, kinds in alterations_of_noisy(slot["noisy"], len(unbase64(slot["noisy"]["helper"]))):
            yield what, lambda s, change=change: change(s["noisy"]), kinds
    yield from alterations_of_costs(slot)


def alterations_of_noisy(noisy, size):
    for what, at in (("offset", size - 20), ("helper data's salt", 30)):
        yield what, lambda n, at=at: flip_base64(n, "helper", at), {"does_not_open"}
    for what, at in (("helper data's version", 15), ("repetitions", 16), ("rule", 17)):
        yield what, lambda n, at=at: flip_base64(n, "helper", at), {"malformed"}
    cut = base64.b64encode(unbase64(noisy["helper"])[:-3]).decode()
    yield "shorter helper data", lambda n: n.update(helper=cut), {"malformed"}
    without = base64.b64encode(PUF.serialise(1, 1, 0, bytes(32), b"\x00", bytes(64))).decode()
    yield "helper data without a cell", lambda n: n.update(helper=without), {"malformed"}
    yield "noisy source's salt", lambda n: flip_base64(n, "salt"), {"does_not_open"}
    yield "another source", lambda n: n.update(source=n["source"] + "x"), {"does_not_open"}
    yield "who reads it", lambda n: n.update(only_root_reads=not n["only_root_reads"]), {"malformed"}
    yield "unknown class of a source", lambda n: n.update({"class": "board"}), {"malformed"}
    yield "source without a name", lambda n: n.pop("name"), {"malformed"}


def alterations_of_puf_slot(slot):
    yield "slot's salt", lambda s: flip_base64(s, "salt"), {"does_not_open"}
    yield "slot's id", lambda s: s.update(id="00" * 8), {"does_not_open"}
    yield "wrapped root", lambda s: flip_base64(s, "wrap", 50), {"malformed"}
    yield "nonce", lambda s: flip_base64(s, "wrap", 32), {"malformed"}
    yield "commitment", lambda s: flip_base64(s, "wrap"), {"does_not_open"}
    for what, change, kinds in alterations_of_noisy(slot["noisy"], len(unbase64(slot["noisy"]["helper"]))):
        yield what, lambda s, change=change: change(s["noisy"]), kinds
    yield from alterations_of_costs(slot)


def alterations_of_secret_slot(slot):
    group, other = ("p384", "x25519") if "public_p384" in slot else ("x25519", "p384")
    public, ephemeral = f"public_{group}", f"ephemeral_{group}"
    yield "another public key", lambda s: flip_base64(s, "public_ml_kem_768"), {"wrong_passphrase"}
    yield "another classical public key", lambda s: flip_base64(s, public, 20), {"wrong_passphrase"}
    yield "ephemeral key", lambda s: flip_base64(s, ephemeral, 20), {"malformed"}
    yield "ciphertext", lambda s: flip_base64(s, "ciphertext_ml_kem_768"), {"malformed"}
    yield "wrapped root", lambda s: flip_base64(s, "wrapped", 20), {"malformed"}
    yield "kept key", lambda s: flip_base64(s, "authentication_key", 20), {"malformed"}
    for name in (public, ephemeral):
        short = base64.b64encode(unbase64(slot[name])[:-1]).decode()
        yield f"shorter {name}", lambda s, n=name, v=short: s.update({n: v}), {"malformed"}
        yield f"{name} left out", lambda s, n=name: s.pop(n), {"malformed"}
    size = 32 if other == "x25519" else 97
    of_other = {f"{n}_{other}": base64.b64encode(bytes([4] * size)).decode() for n in ("public", "ephemeral")}
    yield "keys of both groups", lambda s: s.update(of_other), {"malformed"}
    yield f"ephemeral key of {other}", lambda s: (
        s.pop(ephemeral), s.update({f"ephemeral_{other}": of_other[f"ephemeral_{other}"]})
    ), {"malformed"}
    yield f"{group}'s keys under {other}", lambda s: (
        renamed(s, public, f"public_{other}"), renamed(s, ephemeral, f"ephemeral_{other}")
    ), {"malformed"}


def alterations_of_escrow_slot(slot):
    yield from alterations_of_secret_slot(slot)
    yield "salt", lambda s: flip_base64(s, "salt"), {"malformed"}
    yield "id", lambda s: s.update(id="00" * 8), {"wrong_passphrase"}
    yield "name", lambda s: s.update(name="another"), {"malformed"}
    yield "no name", lambda s: s.update(name=""), {"malformed"}
    yield "when made", lambda s: s.update(made="2020-01-01T00:00:00Z"), {"malformed"}
    yield "threshold of one", lambda s: s.update(threshold=1), {"malformed"}
    yield "higher threshold", lambda s: s.update(threshold=s["threshold"] + 1), {"does_not_open"}
    yield "too high a threshold", lambda s: s.update(threshold=len(s["officers"]) + 1), {"malformed"}
    yield "last officer left out", lambda s: s["officers"].pop(), {"malformed"}
    yield "officers in another order", lambda s: s["officers"].reverse(), {"malformed"}
    for member, other in (("subject", "CN=Mallory"), ("fingerprint", "00" * 32), ("expires", "2099-01-01T00:00:00Z")):
        yield f"officer's {member}", lambda s, m=member, o=other: s["officers"][0].update({m: o}), {"malformed"}
    yield "another check", lambda s: s["officers"][0].update(check="00" * 32), {"malformed"}
    yield "another share", lambda s: flip_base64(s["officers"][2], "share", -1), {"malformed"}


def alterations(body, kind):
    """Changes of a body by somebody who can write the file: title, what changes, how that is refused."""
    yield from alterations_of_body(body)
    slot = first_slot(body, kind)
    of_slot = {
        "escrow": alterations_of_escrow_slot,
        "fingerprint": alterations_of_fingerprint_slot,
        "puf": alterations_of_puf_slot,
        "recovery": alterations_of_secret_slot,
    }
    for what, change, kinds in of_slot[kind](slot):
        yield what, lambda body, change=change: change(first_slot(body, kind)), kinds
    if kind != "fingerprint":
        yield "slot dropped", lambda body: body["slots"].remove(first_slot(body, "fingerprint")), {"malformed"}


class Vector:
    def __init__(self, folder, report):
        self.folder, self.report = folder, report
        self.vector = json.loads((folder / "vector.json").read_text())
        self.data = (folder / "anchor").read_bytes()
        self.root = Root(bytes.fromhex(self.vector["anchor"]), bytes.fromhex(self.vector["root"]))
        self.body, self.authenticated, self.mac = parse_anchor(self.data)

    def title(self, what):
        return f"{self.folder.name}: {what}"

    def check(self):
        before = self.report.held
        for case in self.vector["cases"]:
            self.check_case(case)
        self.check_officers()
        self.check_what_grows()
        self.check_flips()
        self.check_alterations()
        print(f"{self.folder.name}: {self.report.held - before} checks held")

    def check_case(self, case):
        title = self.title(case["title"])
        if "error" in case:
            self.report.refuses(title, {case["error"]}, lambda: open_case(self.data, case))
            return
        try:
            opened = open_case(self.data, case)
        except Refusal as refusal:
            self.report.check(title, False, f"refused: {refusal}")
            return
        self.report.check(title, opened.root.secret == self.root.secret, "opened another root")
        self.report.check(title, opened.subset == case.get("subset"), f"opened with {opened.subset}")
        self.check_origin(title, opened.origin())
        if "attributes" in case:
            changed = opened.changed(values_of(case))
            self.report.check(title, changed == case["changed"], f"sees as changed: {changed}")

    def check_officers(self):
        """Each officer's key opens the share that the slot keeps, and gives what the vector states."""
        slot = first_slot(self.body, "escrow")
        for number, key in enumerate(self.vector.get("officer_keys", []), 1):
            opened = decrypt_share(unbase64(slot["officers"][number - 1]["share"]), self.folder / key)
            self.report.check(self.title(key), opened == self.vector["shares"][number - 1], "another share")

    def check_origin(self, title, origin):
        """The vector states identifiers, and the file has hashes of them."""
        expected = self.vector.get("origin")
        if expected:
            hashes = {n: origin_hash(n, bytes.fromhex(v)) for n, v in expected["identifiers"].items()}
            expected = {**expected["words"], **hashes}
        self.report.check(title, origin == expected, f"remembers the origin {origin}")

    def check_what_grows(self):
        log, head = (self.folder / "events").read_bytes(), self.body["events"]
        events = check_events(log, head)
        self.report.check(self.title("events"), len(events) == self.vector["events"], f"{len(events)} events")
        later = {**events[-1], "sequence": head["count"] + 1, "previous": head["head"]}
        tail = canonical(later) + b'\n{"half'
        self.report.check(self.title("tail of events"), check_events(log + tail, head) == events)
        stray = canonical({**later, "previous": "00" * 32}) + b"\n"
        self.report.check(self.title("stray tail of events"), check_events(log + stray, head) == events)
        self.report.refuses(
            self.title("edited event"), {"malformed"}, lambda: check_events(log.replace(b"created", b"cleared"), head)
        )
        self.report.refuses(self.title("no events"), {"malformed"}, lambda: check_events(b"", head))
        for path in sorted((self.folder / "keys").glob("*.key")):
            check_key_file(self.root, path.read_bytes())
            self.report.check(self.title(path.name), True)
            altered = path.read_bytes().replace(b'"active"', b'"destroyed"')
            self.report.refuses(
                self.title(f"altered {path.name}"), {"malformed"}, lambda data=altered: check_key_file(self.root, data)
            )
        self.check_sealed("message.sealed")
        if "locked_passphrase" in self.vector:
            self.check_sealed("locked.sealed", self.vector["locked_passphrase"])

    def check_sealed(self, name, passphrase=None):
        data = (self.folder / name).read_bytes()
        message = unseal(self.root, self.body["epoch"], data, passphrase)
        self.report.check(self.title(name), message.decode() == self.vector["message"])

    def check_flips(self):
        """Each single flipped bit of a byte: first as it is, then by somebody who makes the digest right again."""

        def unnoticed(at):
            try:
                parse_anchor(flipped(self.data, at))
            except Refusal:
                return False
            return True

        missed = [at for at in range(len(self.data)) if unnoticed(at)]
        self.report.check(self.title(f"{len(self.data)} flipped bytes against the digest"), not missed, missed)
        key = self.root.key("anchor-mac")
        missed = [
            at
            for at in range(len(self.authenticated))
            if hmac.digest(key, flipped(self.authenticated, at), "sha256") == self.mac
        ]
        self.report.check(self.title(f"{len(self.authenticated)} flipped bytes against the MAC"), not missed, missed)

    def check_alterations(self):
        rewritten = with_checks(self.body, self.root)
        self.report.check(self.title("written again, it is the same"), rewritten == self.data)
        good = {kind_of(case): case for case in reversed(self.vector["cases"]) if "error" not in case}
        for kind, case in good.items():
            for what, change, kinds in alterations(self.body, kind):
                body = copy.deepcopy(self.body)
                change(body)
                altered = with_checks(body, mac=self.mac)
                self.report.refuses(self.title(f"altered: {what}"), kinds, lambda: open_case(altered, case))


def check(folder):
    report = Report()
    folders = sorted(path.parent for path in folder.glob("*/vector.json"))
    report.check("vectors", folders, f"there are none in {folder}")
    for each in folders:
        try:
            Vector(each, report).check()
        except (Refusal, OSError, ValueError, subprocess.CalledProcessError) as problem:
            report.check(each.name, False, problem)
    print(f"{report.held} checks held, {report.failed} failed, in {len(folders)} vectors")
    return 1 if report.failed else 0


# Opening a real folder


def open_folder(arguments):
    state = pathlib.Path(arguments.open)
    values = {}
    if arguments.attributes:
        listed = json.loads(pathlib.Path(arguments.attributes).read_text())["attributes"]
        values = {(a["name"], a["source"]): a["value"].encode() for a in listed if "value" in a}
    passphrase = pathlib.Path(arguments.passphrase_file).read_text() if arguments.passphrase_file else None
    code = pathlib.Path(arguments.recovery_file).read_text() if arguments.recovery_file else None
    shares = [pathlib.Path(share).read_text() for share in arguments.escrow] if arguments.escrow else None
    opened = open_anchor((state / "anchor").read_bytes(), values, passphrase, code, shares)
    print(f"anchor {opened.body['anchor']} opens" + (f" with subset {opened.subset}" if opened.subset else ""))
    print("MAC and digest hold")
    print(f"remembers {len(opened.remembered())} attributes")
    origin = opened.origin()
    print("remembers no origin" if origin is None else "remembers of its origin: " + ", ".join(sorted(origin)))
    if values:
        print("changed since: " + (", ".join(opened.changed(values)) or "none"))
    print(f"{len(check_events((state / 'events').read_bytes(), opened.body['events']))} events, whole")
    for path in sorted((state / "keys").glob("*.key")):
        record = check_key_file(opened.root, path.read_bytes())
        print(f"key {record['name']} version {record['version']}, {record['algorithm']}, {record['origin']}: authentic")
    return 0


def main():
    parser = argparse.ArgumentParser(description="Anchor files in Python, apart from the C++ code.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", nargs="?", const=str(HERE), metavar="FOLDER")
    what.add_argument("--open", metavar="STATE")
    for name in ("--attributes", "--passphrase-file", "--recovery-file"):
        parser.add_argument(name, metavar="FILE")
    parser.add_argument("--escrow", metavar="SHARE", nargs="+")
    arguments = parser.parse_args()
    if arguments.check:
        return check(pathlib.Path(arguments.check))
    try:
        return open_folder(arguments)
    except (Refusal, OSError, ValueError) as problem:
        print(f"reference.py: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
