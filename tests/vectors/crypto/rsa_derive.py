#!/usr/bin/python3
"""HMAC_DRBG and the derivation of RSA keys (docs/formats/derived-rsa.md) a second time, without Holdfast.

Only hashlib, hmac and Python's integers: clear, slow and not constant-time, only for tests. Nothing is shared with
OpenSSL's big numbers or random generators.

usage: rsa_derive.py --check [--all]    compare with the vectors beside this script; exit status 1 where one differs
       rsa_derive.py --write FOLDER     compute hmac_drbg.json and rsa_derive.json

--check computes RSA keys of up to 3072 bits; with --all it computes all of them, which takes a minute or two.
"""

import hashlib
import hmac
import json
import math
import pathlib
import sys

FOLDER = pathlib.Path(__file__).parent
E = 65537
ROUNDS = 5
QUICK_BITS = 3072


def pattern(size: int, seed: int) -> bytes:
    """Bytes that look like nothing in particular, the same on every run."""
    return hashlib.shake_256(b"holdfast rsa test vector %d" % seed).digest(size)


class HmacDrbg:
    """SP 800-90A, section 10.1.2, with SHA-512, never reseeded."""

    def __init__(self, seed: bytes, personalisation: bytes):
        self.key, self.value = bytes(64), b"\x01" * 64
        self.requests = 0
        self.update(seed + personalisation)

    def mac(self, data: bytes) -> bytes:
        return hmac.digest(self.key, data, "sha512")

    def update(self, provided: bytes) -> None:
        for separator in (b"\x00", b"\x01") if provided else (b"\x00",):
            self.key = self.mac(self.value + separator + provided)
            self.value = self.mac(self.value)

    def generate(self, size: int) -> bytes:
        assert size <= 1 << 16
        output = b""
        while len(output) < size:
            self.value = self.mac(self.value)
            output += self.value
        self.update(b"")
        self.requests += 1
        return output[:size]


def primorial() -> int:
    """The product of all odd primes below 2^16."""
    composite = bytearray(1 << 16)
    product = 1
    for number in range(3, 1 << 16, 2):
        if not composite[number]:
            product *= number
            for multiple in range(number * number, 1 << 16, 2 * number):
                composite[multiple] = 1
    return product


SMALL_PRIMES = primorial()


class Search:
    def __init__(self, seed: bytes, bits: int):
        size = bits.to_bytes(4, "big")
        self.half = bits // 2
        self.candidates = HmacDrbg(seed, b"holdfast/v1/rsa-candidates" + size)
        self.bases = HmacDrbg(seed, b"holdfast/v1/rsa-bases" + size)

    def candidate(self) -> int:
        drawn = int.from_bytes(self.candidates.generate(self.half // 8), "big")
        return drawn | 3 << self.half - 2 | 3

    def base(self, p: int) -> int:
        while True:
            drawn = int.from_bytes(self.bases.generate(self.half // 8), "big")
            if 2 <= drawn <= p - 2:
                return drawn

    def is_prime(self, p: int) -> bool:
        # One exponentiation a round: p - 1 is twice an odd number.
        return all(pow(self.base(p), (p - 1) // 2, p) in (1, p - 1) for _ in range(ROUNDS))

    def prime(self, other: int | None = None) -> int:
        while True:
            p = self.candidate()
            if math.gcd(p, SMALL_PRIMES) != 1 or (p - 1) % E == 0:
                continue
            if other is not None and abs(p - other) <= 1 << self.half - 100:
                continue
            if self.is_prime(p):
                return p


def as_hex(value: int) -> str:
    return value.to_bytes((value.bit_length() + 7) // 8, "big").hex()


def derive(seed: bytes, bits: int) -> dict:
    assert len(seed) == 64
    search = Search(seed, bits)
    while True:
        first = search.prime()
        second = search.prime(first)
        p, q = max(first, second), min(first, second)
        d = pow(E, -1, math.lcm(p - 1, q - 1))
        if d > 1 << bits // 2:
            break
    n = p * q
    assert n.bit_length() == bits and pow(pow(0xCAFE, E, n), d, n) == 0xCAFE
    return {"algorithm": f"rsa-{bits}", "seed": seed.hex(), "candidates": search.candidates.requests,
            "bases": search.bases.requests, "n": as_hex(n), "d": as_hex(d), "p": as_hex(p), "q": as_hex(q),
            "public_sha256": hashlib.sha256(subject_public_key_info(n)).hexdigest()}


def der(tag: int, body: bytes) -> bytes:
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def der_integer(value: int) -> bytes:
    return der(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def subject_public_key_info(n: int) -> bytes:
    algorithm = der(0x30, bytes.fromhex("06092a864886f70d010101") + b"\x05\x00")
    key = der(0x30, der_integer(n) + der_integer(E))
    return der(0x30, algorithm + der(0x03, b"\x00" + key))


def drbg_case(seed: bytes, personalisation: bytes, sizes: list) -> dict:
    drbg = HmacDrbg(seed, personalisation)
    # Long outputs by their digest, to keep the file readable.
    outputs = [drbg.generate(size) for size in sizes]
    return {"seed": seed.hex(), "personalisation": personalisation.hex(), "sizes": sizes,
            "sha256": [hashlib.sha256(output).hexdigest() for output in outputs],
            "first": outputs[0][:64].hex()}


def drbg_cases() -> list:
    return [
        drbg_case(pattern(64, 1), b"", [256, 256]),
        drbg_case(pattern(48, 2), b"holdfast/v1/test", [64, 1, 65]),
        drbg_case(pattern(64, 3), pattern(64, 4), [128] * 8),
        drbg_case(pattern(200, 5), pattern(300, 6), [63, 127, 128, 129]),
        drbg_case(bytes(64), b"zero", [1 << 16, 32]),
    ]


# Bits and number of the seed; None: 64 zero bytes.
RSA_CASES = [(2048, 10), (2048, 11), (2048, 12), (2048, None), (3072, 13), (3072, 10), (4096, 14), (4096, 15),
             (8192, 16)]


def rsa_seed(number: int | None) -> bytes:
    return bytes(64) if number is None else pattern(64, number)


ORIGIN = "rsa_derive.py: docs/formats/derived-rsa.md with Python's hmac and integers"


def write(folder: pathlib.Path) -> None:
    cases = {"hmac_drbg.json": drbg_cases(),
             "rsa_derive.json": [derive(rsa_seed(number), bits) for bits, number in RSA_CASES]}
    for name, rows in cases.items():
        (folder / name).write_text(json.dumps({"origin": ORIGIN, "cases": rows}, indent=1) + "\n")


def check(everything: bool) -> bool:
    fine = json.loads((FOLDER / "hmac_drbg.json").read_text())["cases"] == drbg_cases()
    if not fine:
        print("hmac_drbg.json differs")
    rows = json.loads((FOLDER / "rsa_derive.json").read_text())["cases"]
    for row in rows:
        bits = int(row["algorithm"].removeprefix("rsa-"))
        if not everything and bits > QUICK_BITS:
            continue
        if derive(bytes.fromhex(row["seed"]), bits) != row:
            print(f"{row['algorithm']} from {row['seed']} differs")
            fine = False
    return fine and bool(rows)


def main(arguments: list) -> int:
    if arguments[:1] == ["--write"] and len(arguments) == 2:
        write(pathlib.Path(arguments[1]))
        return 0
    if arguments in (["--check"], ["--check", "--all"]):
        return 0 if check("--all" in arguments) else 1
    print(__doc__, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
