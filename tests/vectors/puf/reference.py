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
    assert rule == 0 or (sum(bits_of(picked)) == repetitions * ROW * 8 and picked[-1] != 0)
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


def corrected_cells(used, offsets, repetitions):
    read = [a ^ b for a, b in zip(used, offsets)]
    row = [int(sum(read[column::ROW * 8]) * 2 > repetitions) for column in range(ROW * 8)]
    words = [nearest(int("".join(map(str, row[i * LENGTH:(i + 1) * LENGTH])), 2)) for i in range(WORDS)]
    corrected = row_of(words)
    return used_columns([bit ^ corrected[i % (ROW * 8)] for i, bit in enumerate(offsets)])


def share_guessed(cells):
    shares = [Fraction(sum(cells), len(cells))]
    lag = 1
    while lag <= len(cells) // 2:
        alike = sum(a == b for a, b in zip(cells, cells[lag:]))
        shares.append(Fraction(alike, len(cells) - lag))
        lag *= 2
    return max(max(share, 1 - share) for share in shares)


def broken_conditions(response, helper, used, corrected):
    """Those of "What every enrolment shows" that do not hold."""
    repetitions, rule, first, _, picked, _ = parse(helper)
    cells = 506 * repetitions
    wrong = sum(a != b for a, b in zip(used_columns(used), corrected))
    broken = []
    if WORDS * tail(LENGTH, 4, tail(repetitions, (repetitions + 1) // 2, Fraction(max(wrong, 1), cells))) >= 1:
        broken.append("near")
    passed_over = [bit if i % (ROW * 8) >= WORDS * LENGTH else 0 for i, bit in enumerate(used)]
    if residual(repetitions, share_guessed([a | b for a, b in zip(corrected, passed_over)])) < 64:
        broken.append("even")
    pairs, bits = bits_of(picked), bits_of(response[first:])
    misplaced = sum(chosen != (bits[2 * i] ^ bits[2 * i + 1]) for i, chosen in enumerate(pairs))
    if rule == 1 and 506 * misplaced > 512 * (cells + 4 * wrong):
        broken.append("picked")
    return broken


def reconstruct_or_none(response, helper):
    """None where what comes of it is random."""
    repetitions, rule, first, _, picked, offset = parse(helper)
    used = cells_of(response, rule, first, picked, len(offset))
    corrected = corrected_cells(used, bits_of(offset), repetitions)
    if broken_conditions(response, helper, used, corrected):
        return None
    return secret_of(corrected, repetitions, helper)


def reconstruct(response, helper):
    return reconstruct_or_none(response, helper) or secrets.token_bytes(32)


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


def hex_or_none(secret):
    return secret.hex() if secret else None


def is_malformed(helper):
    try:
        parse(helper)
    except AssertionError:
        return True
    return False


def check_planted(case):
    """That it is for the one reason that is stated that nothing comes of it."""
    response, helper = bytes.fromhex(case["readings"][0]["response"]), bytes.fromhex(case["helper"])
    repetitions, rule, first, _, picked, offset = parse(helper)
    used = cells_of(response, rule, first, picked, len(offset))
    corrected = corrected_cells(used, bits_of(offset), repetitions)
    assert broken_conditions(response, helper, used, corrected) == case["breaks"], case["name"]
    assert case["secret"] is None and case["readings"][0]["secret"] is None, case["name"]


def check_case(case):
    helper = bytes.fromhex(case["helper"])
    for reading in case["readings"]:
        got = hex_or_none(reconstruct_or_none(bytes.fromhex(reading["response"]), helper))
        assert got == reading["secret"], f"{case['name']}, {reading['name']}"
        assert (got == case["secret"]) == reading["same"], f"{case['name']}, {reading['name']}: same"


def close(a, b):
    return abs(a - b) < 1e-6


def check():
    vector = json.loads(FILE.read_text())
    for case in vector["cases"]:
        check_case(case)
    for case in vector["planted"]:
        check_planted(case)
    for case in vector["malformed"]:
        assert is_malformed(bytes.fromhex(case["helper"])), case["name"]
    for row in vector["failures"]:
        assert close(log10_failure(row["repetitions"], row["error_rate"]), row["log10"]), row
    for row in vector["residuals"]:
        assert close(residual(row["repetitions"], row["predictability"]), row["bits"]), row
    print(f"puf: {len(vector['cases'])} cases, {len(vector['planted'])} planted, {len(vector['malformed'])} malformed, {len(vector['failures'])} failure bounds, {len(vector['residuals'])} residuals hold")


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
        case["readings"].append({"name": what, "response": reading.hex(), "secret": hex_or_none(reconstruct_or_none(reading, helper)),
                                 "same": same})
    return [case, {"name": name + ", altered", "helper": bytes(altered).hex(), "secret": secret.hex(), "readings": [
        {"name": "as enrolled", "response": response.hex(), "secret": hex_or_none(reconstruct_or_none(response, bytes(altered))),
         "same": False}]}]


def make_planted():
    """Helper data of somebody who knows the kind of source, each for a response of which they would know the outcome."""
    chance = random.Random("planted")
    salt = secrets.token_bytes(32)

    def case(name, breaks, response, *helper):
        return {"name": name, "breaks": breaks, "helper": serialise(*helper).hex(), "secret": None,
                "readings": [{"name": "a device", "response": response.hex(), "secret": None, "same": False}]}

    rows = 9  # five of nine rows of each column as somebody hopes, in an order that looks random
    hoped = [chance.sample([1] * 5 + [0] * 4, rows) for _ in range(ROW * 8)]
    balanced = bytes_of([1 - hoped[column][row] for row in range(rows) for column in range(ROW * 8)])
    halves = b"\xff" * ROW + b"\x00" * ROW + b"\xff" * (ROW // 2) + b"\x00" * (ROW // 2)
    # 12 columns of 43 rows of cells that older helper data tell up to a bit for each column
    known = biased(43 * ROW, 0.5, chance)
    pairs = [0] * (43 * 256)
    for i in range(512):
        pairs[i // 12 * 256 + i % 12] = 1
    picked = bytes_of(pairs).rstrip(b"\x00")
    offset = bytes_of(cells_of(known, 1, 0, picked, ROW))
    return [
        case("many biased cells", ["even"], biased(43 * ROW, 0.75, chance), 43, 0, 0, salt, b"", bytes(43 * ROW)),
        case("all pairs", ["even"], biased(86 * ROW, 0.75, chance), 43, 1, 0, salt, b"\xff" * (43 * ROW), bytes(43 * ROW)),
        case("constant cells", ["near"], b"\xff" * (rows * ROW), rows, 0, 0, salt, b"", balanced),
        case("known content", ["even"], halves, 3, 0, 0, salt, b"", halves),
        case("pairs from a few columns", ["picked"], known, 1, 1, 0, salt, picked, offset),
    ]


def make_malformed():
    salt = secrets.token_bytes(32)
    return [{"name": name, "helper": serialise(1, 1, 0, salt, picked, bytes(ROW)).hex()} for name, picked in (
        ("no pair", b"\x00"), ("one pair", b"\x80"), ("one pair too few", b"\xff" * 63 + b"\xfe"),
        ("one pair too many", b"\xff" * 64 + b"\x80"), ("a byte behind the last pair", b"\xff" * 64 + b"\x00"))]


def make():
    cases = []
    for arguments in (("all cells", 7, 0, 0, 448, 0.5, 0.04), ("pairs", 5, 1, 0, 1600, 0.4, 0.02), ("one cell a bit", 1, 0, 3, 67, 0.5, 0.002)):
        cases += make_case(*arguments)
    failures = [{"repetitions": r, "error_rate": e, "log10": log10_failure(r, e)}
                for r, e in ((1, 0.001), (7, 0.05), (17, 0.15), (19, 0.15), (19, 0.5), (127, 0.3), (127, 0.01))]
    residuals = [{"repetitions": r, "predictability": p, "bits": residual(r, p)}
                 for r, p in ((1, 0.5), (7, 0.51), (19, 0.5), (19, 0.51), (19, 0.52), (19, 0.55), (19, 0.9), (127, 0.505))]
    FILE.write_text(json.dumps({"cases": cases, "planted": make_planted(), "malformed": make_malformed(), "failures": failures, "residuals": residuals}, indent=1) + "\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    elif sys.argv[1:] == ["--make"]:
        make()
    else:
        sys.exit(__doc__)
