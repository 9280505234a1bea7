#!/usr/bin/python3
"""Sealed files in Python, written from docs/formats/sealed-file.md and independent of the C++ code.

usage: reference.py check FOLDER    verifies every NAME.sealed in FOLDER against the outcome NAME.json states
       reference.py make FOLDER     writes fresh vectors into FOLDER
"""

import base64
import datetime
import hashlib
import hmac
import json
import os
import pathlib
import re
import sys

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

MAGIC = b"holdfast-sealed-v1\n"
CHUNK = 65536
TAG = 16
LAST = 1 << 31
SUITES = {"aes-256-gcm": AESGCM, "chacha20-poly1305": ChaCha20Poly1305}
REQUIRED = {"anchor", "epoch", "salt", "suite"}
OPTIONAL = {"expires", "media_type", "name", "passphrase"}
WRITER_COSTS = {"lanes": 1, "memory_kib": 65536, "passes": 3}
LEAST_COSTS = {"lanes": 1, "memory_kib": 19456, "passes": 2}
PBKDF2_WRITER_COSTS = {"iterations": 1000000}
PBKDF2_LEAST_COSTS = {"iterations": 250000}
PBKDF2_LEAST_INPUT = 8


class Refusal(Exception):
    """A file that must not open; `kind` is the word of the specification, `chunk` counts from 1."""

    def __init__(self, kind, chunk=None):
        super().__init__(kind)
        self.kind = kind
        self.chunk = chunk


def require(condition, kind):
    if not condition:
        raise Refusal(kind)


# Keys


def lp(field):
    return len(field).to_bytes(4, "big") + field


def label(purpose):
    return b"holdfast/v1/" + purpose.encode()


def hkdf(key, salt, info, size=32):
    """RFC 5869 spelled out: one more thing that does not depend on what OpenSSL does."""
    pseudorandom = hmac.digest(salt or bytes(64), key, "sha512")
    output, block, count = b"", b"", 0
    while len(output) < size:
        count += 1
        block = hmac.digest(pseudorandom, block + info + bytes([count]), "sha512")
        output += block
    return output[:size]


class Device:
    def __init__(self, root, anchor, epoch):
        self.root, self.anchor, self.epoch = root, anchor, epoch

    def key(self, purpose):
        return hkdf(self.root, self.anchor, label(purpose) + lp(b""))


def stretch(passphrase, parameters):
    if passphrase is None:
        return b""
    salt = base64.b64decode(parameters["salt"])
    if "iterations" in parameters:
        return hashlib.pbkdf2_hmac("sha512", passphrase, salt, parameters["iterations"], 32)
    return hash_secret_raw(
        secret=passphrase,
        salt=salt,
        time_cost=parameters["passes"],
        memory_cost=parameters["memory_kib"],
        parallelism=parameters["lanes"],
        hash_len=32,
        type=Type.ID,
        version=0x13,
    )


class FileKeys:
    def __init__(self, device, header, line, passphrase):
        joined = lp(device.key("seal")) + lp(stretch(passphrase, header.get("passphrase")))
        file_key = hkdf(joined, base64.b64decode(header["salt"]), label("seal-file") + lp(line))
        self.aead = SUITES[header["suite"]](hkdf(file_key, b"", label("seal-chunks")))
        self.prefix = hkdf(file_key, b"", label("seal-nonce"), 7)
        tag_key = hkdf(file_key, b"", label("seal-open-tag"))
        self.device_tag = hmac.digest(device.key("seal-device"), MAGIC + line + b"\n", "sha256")
        self.open_tag = hmac.digest(tag_key, MAGIC + line + b"\n", "sha256")

    def nonce(self, number, last):
        return self.prefix + number.to_bytes(4, "big") + bytes([last])


# Writing


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def seal_chunks(keys, plaintext):
    pieces = [plaintext[i : i + CHUNK] for i in range(0, len(plaintext), CHUNK)] or [b""]
    chunks = []
    for number, piece in enumerate(pieces):
        last = number == len(pieces) - 1
        head = ((LAST if last else 0) + len(piece)).to_bytes(4, "big")
        chunks.append(head + keys.aead.encrypt(keys.nonce(number, last), piece, head))
    return chunks


def new_header(device, suite="aes-256-gcm", costs=None, **members):
    header = {"anchor": device.anchor.hex(), "epoch": device.epoch, "suite": suite, **members}
    header["salt"] = base64.b64encode(os.urandom(32)).decode()
    if costs:
        header["passphrase"] = {**costs, "salt": base64.b64encode(os.urandom(16)).decode()}
    return header


def seal(device, plaintext, passphrase=None, header=None, line=None):
    """The file in parts: its lines with their newlines, and its chunks."""
    header = header or new_header(device, costs=WRITER_COSTS if passphrase else None)
    line = line or canonical(header)
    keys = FileKeys(device, header, line, passphrase)
    tags = f"{keys.device_tag.hex()} {keys.open_tag.hex()}\n".encode()
    return [MAGIC, line + b"\n", tags], seal_chunks(keys, plaintext)


# Reading


def is_whole_number(value, least, most):
    return type(value) is int and least <= value <= most


def is_base64(value, least, most):
    if not isinstance(value, str):
        return False
    try:
        decoded = base64.b64decode(value, validate=True)
    except ValueError:
        return False
    return base64.b64encode(decoded).decode() == value and least <= len(decoded) <= most


ARGON2_BOUNDS = {"lanes": (1, 4), "memory_kib": (19456, 1048576), "passes": (2, 16)}
PBKDF2_BOUNDS = {"iterations": (250000, 10000000)}


def is_passphrase(value):
    if not isinstance(value, dict) or not is_base64(value.get("salt"), 16, 32):
        return False
    costs = {name: cost for name, cost in value.items() if name != "salt"}
    return any(
        set(costs) == set(bounds) and all(is_whole_number(cost, *bounds[name]) for name, cost in costs.items())
        for bounds in (ARGON2_BOUNDS, PBKDF2_BOUNDS)
    )


def is_name(value):
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= 1024:
        return False
    return not any(ord(c) < 0x20 or ord(c) == 0x7F for c in value)


def is_time(value):
    return isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value) and parse_time(value)


def is_media_type(value):
    return isinstance(value, str) and len(value) <= 255 and re.fullmatch(r"[ -.0-~][ -~]*/[ -~]+", value)


MEMBERS = {
    "anchor": lambda v: isinstance(v, str) and re.fullmatch("[0-9a-f]{32}", v),
    "epoch": lambda v: is_whole_number(v, 0, 2**32 - 1),
    "expires": is_time,
    "media_type": is_media_type,
    "name": is_name,
    "passphrase": is_passphrase,
    "salt": lambda v: is_base64(v, 32, 32),
    "suite": lambda v: isinstance(v, str) and v in SUITES,
}


def parse_time(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)


def parse_header(line):
    try:
        header = json.loads(line.decode())
    except ValueError as problem:
        raise Refusal("bad_header") from problem
    require(isinstance(header, dict) and canonical(header) == line, "bad_header")
    require(REQUIRED <= set(header) <= REQUIRED | OPTIONAL, "bad_header")
    require(all(MEMBERS[name](value) for name, value in header.items()), "bad_header")
    return header


def split_preamble(data):
    """Lines 2 and 3 without their newlines, and the rest."""
    stem = MAGIC[:-2]
    version = re.match(stem + rb"([1-9][0-9]{0,8})\n", data)
    if not version:
        cut_short = stem.startswith(data) or re.fullmatch(stem + rb"[1-9][0-9]{0,8}", data)
        raise Refusal("truncated" if cut_short else "not_sealed")
    require(version[1] == b"1", "unknown_version")
    line, newline, rest = data[len(MAGIC) :].partition(b"\n")
    require(len(line) <= 4096, "bad_header")
    require(newline, "truncated")
    parse_header(line)
    require(len(rest) >= 130, "truncated")
    require(re.fullmatch(rb"[0-9a-f]{64} [0-9a-f]{64}\n", rest[:130]), "bad_header")
    return line, rest[:129], rest[130:]


def check_passphrase_is_wanted(header, passphrase):
    require(not ("passphrase" in header and passphrase is None), "passphrase_missing")
    require(not ("passphrase" not in header and passphrase is not None), "passphrase_unneeded")


def open_chunks(keys, data):
    number, last, plaintext = 0, False, []
    while not last:
        require(len(data) >= 4, "truncated")
        head = data[:4]
        value = int.from_bytes(head, "big")
        last, size = value >= LAST, value % LAST
        if size > CHUNK or (not last and size != CHUNK) or (last and size == 0 and number > 0):
            raise Refusal("chunk_altered", number + 1)
        require(len(data) >= 4 + size + TAG, "truncated")
        try:
            plaintext.append(keys.aead.decrypt(keys.nonce(number, last), data[4 : 4 + size + TAG], head))
        except InvalidTag as problem:
            raise Refusal("chunk_altered", number + 1) from problem
        data = data[4 + size + TAG :]
        number += 1
    require(not data, "trailing_bytes")
    return b"".join(plaintext)


def unseal(device, data, passphrase=None, name=None, now=None):
    line, tags, chunks = split_preamble(data)
    header = parse_header(line)
    require(bytes.fromhex(header["anchor"]) == device.anchor, "another_device")
    require(header["epoch"] == device.epoch, "unknown_epoch")
    device_tag = hmac.digest(device.key("seal-device"), MAGIC + line + b"\n", "sha256").hex().encode()
    require(hmac.compare_digest(device_tag, tags[:64]), "header_altered")
    check_passphrase_is_wanted(header, passphrase)
    too_short = "iterations" in header.get("passphrase", {}) and len(passphrase) < PBKDF2_LEAST_INPUT
    require(not too_short, "wrong_passphrase")
    keys = FileKeys(device, header, line, passphrase)
    matches = hmac.compare_digest(keys.open_tag.hex().encode(), tags[65:])
    require(matches, "wrong_passphrase" if passphrase else "header_altered")
    now = now or datetime.datetime.now(datetime.timezone.utc)
    require("expires" not in header or now < parse_time(header["expires"]), "expired")
    require(name is None or header.get("name", "") == name, "name_mismatch")
    return open_chunks(keys, chunks)


# Vectors


def open_vector(vector, data):
    device = Device(bytes.fromhex(vector["root"]), bytes.fromhex(vector["anchor"]), vector["epoch"])
    passphrase = vector["passphrase"].encode() if "passphrase" in vector else None
    now = parse_time(vector["now"]) if "now" in vector else None
    return unseal(device, data, passphrase, vector.get("name"), now)


def check_vector(path, opened):
    """What is wrong with the vector, or None."""
    vector = json.loads(path.with_suffix(".json").read_text())
    try:
        plaintext = opened(vector, path.read_bytes())
    except Refusal as refusal:
        wanted = (vector.get("error"), vector.get("chunk"))
        return None if (refusal.kind, refusal.chunk) == wanted else f"refused as {refusal.kind}, not as {wanted}"
    if "error" in vector:
        return f"opened, but should be refused as {vector['error']}"
    digest = hashlib.sha256(plaintext).hexdigest()
    if (digest, len(plaintext)) != (vector["plaintext_sha256"], vector["plaintext_size"]):
        return "opened to another plaintext"
    return None


def check(folder, suffix, opened):
    paths = sorted(folder.glob(f"*{suffix}"))
    problems = [(path.name, problem) for path in paths if (problem := check_vector(path, opened))]
    for name, problem in problems:
        print(f"{name}: {problem}", file=sys.stderr)
    print(f"{len(paths) - len(problems)} of {len(paths)} vectors hold")
    return 0 if paths and not problems else 1


class VectorWriter:
    """Writes vectors, all of which state `common`."""

    def __init__(self, folder, suffix, common):
        self.folder, self.suffix, self.common = folder, suffix, common
        self.text = bytes(i * 7 % 251 for i in range(200000))

    def write(self, title, lines, chunks, **members):
        vector = {**self.common, **members}
        (self.folder / f"{title}{self.suffix}").write_bytes(b"".join(lines + chunks))
        (self.folder / f"{title}.json").write_text(json.dumps(vector, indent=2, ensure_ascii=False) + "\n")

    def write_good(self, title, size, lines, chunks, **members):
        outcome = {"plaintext_sha256": hashlib.sha256(self.text[:size]).hexdigest(), "plaintext_size": size}
        self.write(title, lines, chunks, **members, **outcome)

    def bad(self, title, error, lines, chunks, **members):
        self.write(title, lines, chunks, error=error, **members)


class Maker(VectorWriter):
    """Vectors that one device reads, most of them from one file in parts."""

    def __init__(self, folder):
        self.device = Device(os.urandom(32), os.urandom(16), 3)
        device = {"root": self.device.root.hex(), "anchor": self.device.anchor.hex(), "epoch": self.device.epoch}
        super().__init__(folder, ".sealed", device)

    def good(self, title, size, passphrase=None, header=None, **members):
        lines, chunks = seal(self.device, self.text[:size], passphrase and passphrase.encode(), header)
        secret = {"passphrase": passphrase} if passphrase else {}
        self.write_good(title, size, lines, chunks, **secret, **members)

    def make_good(self):
        sizes = {"empty": 0, "one-byte": 1, "full-chunk": CHUNK, "full-chunk-and-one": CHUNK + 1}
        for title, size in {**sizes, "several-chunks": 200000}.items():
            self.good(title, size)
        self.good("chacha20-poly1305", 70000, header=new_header(self.device, suite="chacha20-poly1305"))
        self.good("passphrase", 100, passphrase="Bj\u00f6rk \u2603")
        least = new_header(self.device, costs=LEAST_COSTS)
        self.good("passphrase-min-costs", 100, passphrase="correct horse", header=least)
        text = "Bj\u00f6rk \u2603"
        self.good("pbkdf2", 100, text, new_header(self.device, costs=PBKDF2_WRITER_COSTS))
        self.good("pbkdf2-min-costs", 100, "8 bytes!", new_header(self.device, costs=PBKDF2_LEAST_COSTS))
        members = {"name": 'a "quoted" \\ n\u00e4me \u6d77', "expires": "2030-01-02T03:04:05Z", "media_type": "text/plain"}
        header = new_header(self.device, costs=LEAST_COSTS, **members)
        self.good("all-members", 50, "correct horse", header, name=members["name"], now="2030-01-02T03:04:04Z")

    def make_bad_conditions(self):
        lines, chunks = seal(self.device, b"secret", b"correct horse", new_header(self.device, costs=LEAST_COSTS))
        self.bad("wrong-passphrase", "wrong_passphrase", lines, chunks, passphrase="wrong horse")
        self.bad("passphrase-missing", "passphrase_missing", lines, chunks)
        lines, chunks = seal(self.device, b"secret")
        self.bad("passphrase-unneeded", "passphrase_unneeded", lines, chunks, passphrase="correct horse")
        self.bad("another-device", "another_device", lines, chunks, anchor=os.urandom(16).hex())
        self.bad("unknown-epoch", "unknown_epoch", lines, chunks, epoch=4)
        self.bad("unknown-version", "unknown_version", [b"holdfast-sealed-v2\n", *lines[1:]], chunks)
        self.bad("not-sealed", "not_sealed", [b"holdfast-sealed-v1\r\n", *lines[1:]], chunks)
        header = new_header(self.device, name="monday", expires="2030-01-02T03:04:05Z")
        lines, chunks = seal(self.device, b"secret", header=header)
        self.bad("expired", "expired", lines, chunks, now=header["expires"])
        self.bad("name-mismatch", "name_mismatch", lines, chunks, now="2029-01-01T00:00:00Z", name="tuesday")

    def make_bad_pbkdf2(self):
        def sealed(passphrase, costs):
            return seal(self.device, b"secret", passphrase.encode(), new_header(self.device, costs=costs))

        good, least = "correct horse", PBKDF2_LEAST_COSTS
        self.bad("pbkdf2-wrong-passphrase", "wrong_passphrase", *sealed(good, least), passphrase="wrong horse")
        # Right, but not one that a writer takes.
        self.bad("pbkdf2-short-passphrase", "wrong_passphrase", *sealed("7 bytes", least), passphrase="7 bytes")
        few, many = {"iterations": 249999}, {"iterations": 10000001}
        self.bad("pbkdf2-too-few", "bad_header", *sealed(good, few), passphrase=good)
        self.bad("pbkdf2-too-many", "bad_header", *sealed(good, many), passphrase=good)
        both = {**LEAST_COSTS, **least}
        self.bad("argon2-and-pbkdf2", "bad_header", *sealed(good, both), passphrase=good)
        lines, chunks = sealed(good, least)
        lines[1] = lines[1].replace(b'"iterations":250000,', b"")
        self.bad("neither-argon2-nor-pbkdf2", "bad_header", lines, chunks, passphrase=good)

    def make_bad_headers(self):
        lines, chunks = seal(self.device, b"secret", header=new_header(self.device, name="monday"))
        altered = [lines[0], lines[1].replace(b"monday", b"mondaz"), lines[2]]
        self.bad("header-altered", "header_altered", altered, chunks)
        header = new_header(self.device)
        lines, chunks = seal(self.device, b"secret", header=header, line=json.dumps(header).encode())
        self.bad("header-not-canonical", "bad_header", lines, chunks)
        lines, chunks = seal(self.device, b"secret", header=new_header(self.device, name="x" * 4096))
        self.bad("header-too-large", "bad_header", lines, chunks)

    def make_bad_chunks(self):
        lines, chunks = seal(self.device, self.text[: 3 * CHUNK])
        altered = chunks[1][:500] + bytes([chunks[1][500] ^ 1]) + chunks[1][501:]
        self.bad("chunk-altered", "chunk_altered", lines, [chunks[0], altered, chunks[2]], chunk=2)
        self.bad("chunks-swapped", "chunk_altered", lines, [chunks[1], chunks[0], chunks[2]], chunk=1)
        self.bad("chunk-dropped", "chunk_altered", lines, [chunks[0], chunks[2]], chunk=2)
        moved = (LAST + CHUNK).to_bytes(4, "big") + chunks[1][4:]
        self.bad("last-flag-moved", "chunk_altered", lines, [chunks[0], moved], chunk=2)
        self.bad("truncated-header", "truncated", lines[:2], [])
        self.bad("truncated-chunk", "truncated", lines, [chunks[0], chunks[1][:-1]])
        self.bad("truncated-between-chunks", "truncated", lines, chunks[:2])
        self.bad("trailing-bytes", "trailing_bytes", lines, [*chunks, b"\n"])


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    maker = Maker(folder)
    maker.make_good()
    maker.make_bad_conditions()
    maker.make_bad_pbkdf2()
    maker.make_bad_headers()
    maker.make_bad_chunks()
    return 0


def main(arguments, usage, commands):
    if len(arguments) != 2 or arguments[0] not in commands:
        sys.exit(usage)
    return commands[arguments[0]](pathlib.Path(arguments[1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], __doc__, {"check": lambda folder: check(folder, ".sealed", open_vector), "make": make}))
