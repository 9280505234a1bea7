#!/usr/bin/python3
"""Files from outside in Python, written from docs/formats/outside-file.md and independent of the C++ code.

The KEM is out of Python's reach, so vectors state the secret that it yields, and this program checks everything
behind it. Chunks, HKDF and the canonical JSON are those of sealed files and come from their reference.

usage: reference.py check FOLDER    verifies every NAME.outside in FOLDER against the outcome NAME.json states
       reference.py make FOLDER     writes fresh vectors into FOLDER
"""

import base64
import hmac
import importlib.util
import json
import os
import pathlib
import re
import sys


def load_sealed_reference():
    path = pathlib.Path(__file__).resolve().parent.parent / "sealed" / "reference.py"
    specification = importlib.util.spec_from_file_location("sealed_reference", path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


sealed = load_sealed_reference()
require = sealed.require

MAGIC = b"holdfast-outside-v1\n"
SEALED_STEM = b"holdfast-sealed-v"
CIPHERTEXT_SIZES = {"ml-kem-768": 1088, "ml-kem-1024": 1568, "x25519-ml-kem-768": 1120}
REQUIRED = {"ciphertext", "kem", "recipient", "salt", "suite"}
OPTIONAL = {"media_type", "name"}


class FileKeys:
    """What sealed.seal_chunks and sealed.open_chunks need, and the tag."""

    def __init__(self, shared, header, line):
        info = sealed.label("outside-file") + sealed.lp(line)
        file_key = sealed.hkdf(shared, base64.b64decode(header["salt"]), info)
        self.aead = sealed.SUITES[header["suite"]](sealed.hkdf(file_key, b"", sealed.label("outside-chunks")))
        self.prefix = sealed.hkdf(file_key, b"", sealed.label("outside-nonce"), 7)
        tag_key = sealed.hkdf(file_key, b"", sealed.label("outside-tag"))
        self.tag = hmac.digest(tag_key, MAGIC + line + b"\n", "sha256")

    def nonce(self, number, last):
        return self.prefix + number.to_bytes(4, "big") + bytes([last])


# Writing


def new_header(recipient, kem="x25519-ml-kem-768", suite="aes-256-gcm", **members):
    """The ciphertext is made up: nobody could decapsulate it, but every size and spelling is right."""
    ciphertext, salt = os.urandom(CIPHERTEXT_SIZES[kem]), os.urandom(32)
    return {
        "ciphertext": base64.b64encode(ciphertext).decode(),
        "kem": kem,
        "recipient": recipient.hex(),
        "salt": base64.b64encode(salt).decode(),
        "suite": suite,
        **members,
    }


def encrypt(shared, header, plaintext, line=None):
    """The file in parts: its lines with their newlines, and its chunks."""
    line = line or sealed.canonical(header)
    keys = FileKeys(shared, header, line)
    return [MAGIC, line + b"\n", keys.tag.hex().encode() + b"\n"], sealed.seal_chunks(keys, plaintext)


# Reading


MEMBERS = {
    "kem": lambda v: isinstance(v, str) and v in CIPHERTEXT_SIZES,
    "media_type": sealed.is_media_type,
    "name": sealed.is_name,
    "recipient": lambda v: isinstance(v, str) and re.fullmatch("[0-9a-f]{64}", v),
    "salt": lambda v: sealed.is_base64(v, 32, 32),
    "suite": lambda v: isinstance(v, str) and v in sealed.SUITES,
}


def parse_header(line):
    try:
        header = json.loads(line.decode())
    except ValueError as problem:
        raise sealed.Refusal("bad_header") from problem
    require(isinstance(header, dict) and sealed.canonical(header) == line, "bad_header")
    require(REQUIRED <= set(header) <= REQUIRED | OPTIONAL, "bad_header")
    require(all(check(header[name]) for name, check in MEMBERS.items() if name in header), "bad_header")
    size = CIPHERTEXT_SIZES[header["kem"]]
    require(sealed.is_base64(header["ciphertext"], size, size), "bad_header")
    return header


def split_preamble(data):
    """Line 2 without its newline, the tag's digits, and the rest."""
    require(not data.startswith(SEALED_STEM), "sealed")
    stem = MAGIC[:-2]
    version = re.match(stem + rb"([1-9][0-9]{0,8})\n", data)
    if not version:
        cut_short = stem.startswith(data) or re.fullmatch(stem + rb"[1-9][0-9]{0,8}", data)
        raise sealed.Refusal("truncated" if cut_short else "not_outside")
    require(version[1] == b"1", "unknown_version")
    line, newline, rest = data[len(MAGIC) :].partition(b"\n")
    require(len(line) <= 4096, "bad_header")
    require(newline, "truncated")
    parse_header(line)
    require(len(rest) >= 65, "truncated")
    require(re.fullmatch(rb"[0-9a-f]{64}\n", rest[:65]), "bad_header")
    return line, rest[:64], rest[65:]


def decrypt(recipient, shared, data, name=None):
    line, tag, chunks = split_preamble(data)
    header = parse_header(line)
    require(header["recipient"] == recipient, "unknown_recipient")
    keys = FileKeys(shared, header, line)
    require(hmac.compare_digest(keys.tag.hex().encode(), tag), "header_altered")
    require(name is None or header.get("name", "") == name, "name_mismatch")
    return sealed.open_chunks(keys, chunks)


# Vectors


def open_vector(vector, data):
    return decrypt(vector["recipient"], bytes.fromhex(vector["shared_secret"]), data, vector.get("name"))


class Maker(sealed.VectorWriter):
    """Vectors for one recipient and one shared secret."""

    def __init__(self, folder):
        self.recipient, self.shared = os.urandom(32), os.urandom(32)
        super().__init__(folder, ".outside", {"recipient": self.recipient.hex(), "shared_secret": self.shared.hex()})

    def good(self, title, size, kem="x25519-ml-kem-768", name=None, **members):
        members = {"name": name, **members} if name else members
        header = new_header(self.recipient, kem, **members)
        lines, chunks = encrypt(self.shared, header, self.text[:size])
        self.write_good(title, size, lines, chunks, **({"name": name} if name else {}))

    def make_good(self):
        self.good("hybrid", 100)
        self.good("several-chunks", 200000, "ml-kem-768")
        self.good("empty", 0, "ml-kem-1024")
        name = 'a "quoted" \\ n\u00e4me \u6d77'
        self.good("all-members", 50, suite="chacha20-poly1305", name=name, media_type="text/plain")

    def make_bad_headers(self):
        header = new_header(self.recipient, name="monday")
        lines, chunks = encrypt(self.shared, header, b"secret")
        altered = [lines[0], lines[1].replace(b"monday", b"mondaz"), lines[2]]
        self.bad("header-altered", "header_altered", altered, chunks)
        self.bad("name-mismatch", "name_mismatch", lines, chunks, name="tuesday")
        self.bad("unknown-version", "unknown_version", [b"holdfast-outside-v2\n", *lines[1:]], chunks)
        self.bad("not-outside", "not_outside", [b"holdfast-outside-v1\r\n", *lines[1:]], chunks)
        self.bad("sealed", "sealed", [b"holdfast-sealed-v1\n", *lines[1:]], chunks)
        self.bad("unknown-recipient", "unknown_recipient", *encrypt(self.shared, new_header(os.urandom(32)), b""))
        self.bad("other-secret", "header_altered", *encrypt(os.urandom(32), header, b"secret"))
        spaced = encrypt(self.shared, header, b"secret", line=json.dumps(header).encode())
        self.bad("header-not-canonical", "bad_header", *spaced)
        mismatch = {**header, "kem": "ml-kem-768"}
        self.bad("ciphertext-size", "bad_header", *encrypt(self.shared, mismatch, b"secret"))

    def make_bad_chunks(self):
        lines, chunks = encrypt(self.shared, new_header(self.recipient), self.text[: 2 * sealed.CHUNK])
        altered = chunks[1][:500] + bytes([chunks[1][500] ^ 1]) + chunks[1][501:]
        self.bad("chunk-altered", "chunk_altered", lines, [chunks[0], altered], chunk=2)
        self.bad("chunks-swapped", "chunk_altered", lines, [chunks[1], chunks[0]], chunk=1)
        self.bad("truncated-header", "truncated", lines[:2], [])
        self.bad("truncated-between-chunks", "truncated", lines, chunks[:1])
        self.bad("trailing-bytes", "trailing_bytes", lines, [*chunks, b"\n"])


def make(folder):
    folder.mkdir(parents=True, exist_ok=True)
    maker = Maker(folder)
    maker.make_good()
    maker.make_bad_headers()
    maker.make_bad_chunks()
    return 0


if __name__ == "__main__":
    usable = {"check": lambda folder: sealed.check(folder, ".outside", open_vector), "make": make}
    sys.exit(sealed.main(sys.argv[1:], __doc__, usable))
