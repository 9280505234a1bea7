#!/usr/bin/python3
"""Helper data of noisy sources in Python, written from docs/formats/puf.md and independent of the C++ code.

usage: reference.py --check    verify the vectors beside this file; exit status 1 where one does not hold
       reference.py --make     write fresh ones
"""

import hashlib
import hmac
import json
import math
import pathlib
import random
import secrets
import sys
from fractions import Fraction

FILE = pathlib.Path(__file__).resolve().parent / "vector.json"
MAGIC = b"holdfast-puf-v1\n"
WORDS, LENGTH, MESSAGE = 22, 23, 12
ROW = 64


def lp(field):
    return len(field).to_bytes(4, "big") + field


def hkdf(secret, salt, info, size=32):
    key = hmac.digest(salt, secret, "sha512")
    return hmac.digest(key, info + b"\x01", "sha512")[:size]


# Bits are lists of 0 and 1, most significant first.

def bits_of(data):
    return [byte >> shift & 1 for byte in data for shift in range(7, -1, -1)]


def bytes_of(bits):
    return bytes(int("".join(map(str, bits[i:i + 8])), 2) for i in range(0, len(bits), 8))


# The code, by its generator matrix: x^i times the polynomial, brought into systematic form by row operations.

def golay_codewords():
    rows = [0b110001110101 << shift for shift in range(MESSAGE)]
    for i in range(MESSAGE):
        for j in range(i + 1, MESSAGE):
            if rows[j] >> (i + 11) & 1:
                rows[j] ^= rows[i]
    words = []
    for message in range(1 << MESSAGE):
        word = 0
        for i in range(MESSAGE):
            if message >> i & 1:
                word ^= rows[i]
        assert word >> 11 == message
        words.append(word)
    return words


CODEWORDS = golay_codewords()


def nearest(word):
    """By looking at all of them; no other is as near."""
    return min(CODEWORDS, key=lambda codeword: (codeword ^ word).bit_count())


def row_of(words):
    return [word >> shift & 1 for word in words for shift in range(LENGTH - 1, -1, -1)] + [0] * (ROW * 8 - WORDS * LENGTH)


# Helper data

def serialise(repetitions, rule, first, salt, picked, offset):
    return MAGIC + bytes([repetitions, rule]) + first.to_bytes(4, "big") + len(picked).to_bytes(4, "big") + salt + picked + offset


def parse(helper):
    assert helper[:16] == MAGIC
    repetitions, rule = helper[16], helper[17]
    first, size = int.from_bytes(helper[18:22], "big"), int.from_bytes(helper[22:26], "big")
    salt, picked, offset = helper[26:58], helper[58:58 + size], helper[58 + size:]
    assert repetitions % 2 == 1 and rule in (0, 1) and (size > 0) == (rule == 1) and len(offset) == repetitions * ROW
    return repetitions, rule, first, salt, picked, offset


def cells_of(response, rule, first, picked, size):
    cells = bits_of(response[first:])
    if rule == 1:
        pairs = bits_of(picked)
        cells = [cells[2 * i] for i, chosen in enumerate(pairs) if chosen]
    return (cells + [0] * (size * 8))[:size * 8]


def secret_of(cells, repetitions, helper):
    digest = hashlib.sha512(lp(f"rep{repetitions}-golay23".encode()) + lp(helper)).digest()
    return hkdf(bytes_of(cells), parse(helper)[3], b"holdfast/v1/puf" + digest)


def used_columns(cells):
    return [bit if i % (ROW * 8) < WORDS * LENGTH else 0 for i, bit in enumerate(cells)]


def enrol(response, repetitions, rule, first):
    wanted = repetitions * ROW * 8
    picked = b""
    if rule == 1:
        cells = bits_of(response[first:])
        pairs, chosen = [], 0
        for i in range(0, len(cells), 2):
            if chosen == wanted:
                break
            pairs.append(int(cells[i] != cells[i + 1]))
            chosen += pairs[-1]
        assert chosen == wanted, "response too short"
        picked = bytes_of(pairs + [0] * (-len(pairs) % 8))
    cells = used_columns(cells_of(response, rule, first, picked, repetitions * ROW))
    row = row_of([secrets.choice(CODEWORDS) for _ in range(WORDS)])
    offset = bytes_of(used_columns([bit ^ row[i % (ROW * 8)] for i, bit in enumerate(cells)]))
    helper = serialise(repetitions, rule, first, secrets.token_bytes(32), picked, offset)
    return helper, secret_of(cells, repetitions, helper)


def reconstruct(response, helper):
    repetitions, rule, first, _, picked, offset = parse(helper)
    offsets = bits_of(offset)
    read = [a ^ b for a, b in zip(cells_of(response, rule, first, picked, len(offset)), offsets)]
    row = [int(sum(read[column::ROW * 8]) * 2 > repetitions) for column in range(ROW * 8)]
    words = [nearest(int("".join(map(str, row[i * LENGTH:(i + 1) * LENGTH])), 2)) for i in range(WORDS)]
    corrected = row_of(words)
    return secret_of(used_columns([bit ^ corrected[i % (ROW * 8)] for i, bit in enumerate(offsets)]), repetitions, helper)


# Bounds, in fractions, without rounding before the logarithm

def log10_of(fraction):
    return math.log10(fraction.numerator) - math.log10(fraction.denominator)


def tail(trials, at_least, p):
    return sum(math.comb(trials, i) * p ** i * (1 - p) ** (trials - i) for i in range(at_least, trials + 1))


def log10_failure(repetitions, rate):
    p = Fraction(rate)
    return min(0.0, log10_of(WORDS * tail(LENGTH, 4, tail(repetitions, (repetitions + 1) // 2, p))))


def residual(repetitions, predictability):
    p, r = Fraction(predictability), repetitions
    twice = sum(math.comb(r, i) * p ** max(i, r - i) * (1 - p) ** min(i, r - i) for i in range(r + 1))
    return max(0.0, min(256.0, WORDS * (MESSAGE - LENGTH * log10_of(twice) / math.log10(2))))


# Vectors

def noisy(response, rate, chance):
    return bytes_of([bit ^ (chance.random() < rate) for bit in bits_of(response)])


def biased(size, ones, chance):
    return bytes_of([int(chance.random() < ones) for _ in range(size * 8)])


def check_case(case):
    helper = bytes.fromhex(case["helper"])
    for reading in case["readings"]:
        got = reconstruct(bytes.fromhex(reading["response"]), helper).hex()
        assert got == reading["secret"], f"{case['name']}, {reading['name']}"
        assert (got == case["secret"]) == reading["same"], f"{case['name']}, {reading['name']}: same"


def close(a, b):
    return abs(a - b) < 1e-6


def check():
    vector = json.loads(FILE.read_text())
    for case in vector["cases"]:
        check_case(case)
    for row in vector["failures"]:
        assert close(log10_failure(row["repetitions"], row["error_rate"]), row["log10"]), row
    for row in vector["residuals"]:
        assert close(residual(row["repetitions"], row["predictability"]), row["bits"]), row
    print(f"puf: {len(vector['cases'])} cases, {len(vector['failures'])} failure bounds, {len(vector['residuals'])} residuals hold")


def make_case(name, repetitions, rule, first, size, ones, rate):
    chance = random.Random(name)
    response = biased(size, ones, chance)
    helper, secret = enrol(response, repetitions, rule, first)
    altered = bytearray(helper)
    altered[-20] ^= 0x10
    case = {"name": name, "helper": helper.hex(), "secret": secret.hex(), "readings": []}
    for what, reading, same in (("as enrolled", response, True), ("noisy", noisy(response, rate, chance), True),
                                ("longer", noisy(response, rate, chance) + b"\xa5", True),
                                ("another device", biased(size, ones, chance), False)):
        case["readings"].append({"name": what, "response": reading.hex(), "secret": reconstruct(reading, helper).hex(), "same": same})
    return [case, {"name": name + ", altered", "helper": bytes(altered).hex(), "secret": secret.hex(), "readings": [
        {"name": "as enrolled", "response": response.hex(), "secret": reconstruct(response, bytes(altered)).hex(), "same": False}]}]


def make():
    cases = []
    for arguments in (("all cells", 7, 0, 0, 448, 0.5, 0.04), ("pairs", 5, 1, 0, 1600, 0.4, 0.02), ("one cell a bit", 1, 0, 3, 67, 0.5, 0.002)):
        cases += make_case(*arguments)
    failures = [{"repetitions": r, "error_rate": e, "log10": log10_failure(r, e)}
                for r, e in ((1, 0.001), (7, 0.05), (17, 0.15), (19, 0.15), (19, 0.5), (127, 0.3), (127, 0.01))]
    residuals = [{"repetitions": r, "predictability": p, "bits": residual(r, p)}
                 for r, p in ((1, 0.5), (7, 0.51), (19, 0.5), (19, 0.51), (19, 0.52), (19, 0.55), (19, 0.9), (127, 0.505))]
    FILE.write_text(json.dumps({"cases": cases, "failures": failures, "residuals": residuals}, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    elif sys.argv[1:] == ["--make"]:
        make()
    else:
        sys.exit(__doc__)
