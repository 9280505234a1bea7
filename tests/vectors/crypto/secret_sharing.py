#!/usr/bin/python3
"""Shamir's secret sharing over the field of 2^256 + 297 elements, independent of the C++ code.

usage: secret_sharing.py            writes secret_sharing.json beside it
       secret_sharing.py --check    verifies that file, and the field's size; exit status 1 where something does not hold

A secret of 32 bytes is the constant of a polynomial of degree threshold - 1. Its other coefficients are 64 random bytes
each ("random", one block after the other), reduced. Share i, from 1, is the polynomial at i, as 33 bytes.
"""

import hashlib
import itertools
import json
import pathlib
import sys

PRIME = 2**256 + 297
FILE = pathlib.Path(__file__).with_name("secret_sharing.json")
CASES = [(2, 2), (2, 3), (3, 5), (5, 5), (4, 7), (2, 16), (16, 16)]


def stream(name, size):
    """Bytes that anybody can make again."""
    return hashlib.shake_256(b"holdfast secret sharing vector " + name.encode()).digest(size)


def split(secret, threshold, count, random):
    blocks = [random[i : i + 64] for i in range(0, len(random), 64)]
    assert len(blocks) == threshold - 1
    coefficients = [int.from_bytes(secret, "big")] + [int.from_bytes(block, "big") % PRIME for block in blocks]
    return [sum(a * x**n for n, a in enumerate(coefficients)) % PRIME for x in range(1, count + 1)]


def combine(points):
    """The polynomial at 0, by Lagrange's formula; points are pairs of a share's number and its value."""
    total = 0
    for x, y in points:
        above = below = 1
        for other, _ in points:
            if other != x:
                above, below = above * other % PRIME, below * (other - x) % PRIME
        total += y * above * pow(below, -1, PRIME)
    return total % PRIME


def is_prime(number):
    """Pocklington's criterion would prove it; 64 rounds of Miller and Rabin leave a doubt of 2^-128."""
    odd, twos = number - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for n in range(64):
        x = pow(int.from_bytes(stream(f"base {n}", 32), "big") % (number - 3) + 2, odd, number)
        if x not in (1, number - 1) and not any((x := x * x % number) == number - 1 for _ in range(twos - 1)):
            return False
    return True


def make():
    cases = []
    extremes = {(2, 3): bytes(32), (3, 5): b"\xff" * 32}
    for threshold, count in CASES:
        name = f"{threshold} of {count}"
        secret = extremes.get((threshold, count), stream("secret " + name, 32))
        random = stream("random " + name, 64 * (threshold - 1))
        shares = [y.to_bytes(33, "big").hex() for y in split(secret, threshold, count, random)]
        cases.append({"threshold": threshold, "secret": secret.hex(), "random": random.hex(), "shares": shares})
    # A coefficient that makes a share of 2^256 and more, which has a first byte.
    random = (PRIME - 1).to_bytes(64, "big")
    shares = [y.to_bytes(33, "big").hex() for y in split(bytes(32), 2, 2, random)]
    cases.append({"threshold": 2, "secret": bytes(32).hex(), "random": random.hex(), "shares": shares})
    return {"about": "secret_sharing.py made these; test secrets.", "prime": hex(PRIME)[2:], "cases": cases}


def check():
    assert is_prime(PRIME) and not any(is_prime(2**256 + n) for n in range(297))
    found = json.loads(FILE.read_text())
    assert found == make(), "the vectors are other ones"
    assert any(share.startswith("01") for case in found["cases"] for share in case["shares"])
    for case in found["cases"]:
        points = [(i, int(share, 16)) for i, share in enumerate(case["shares"], 1)]
        for chosen in itertools.islice(itertools.combinations(points, case["threshold"]), 200):
            assert combine(chosen) == int(case["secret"], 16)


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        check()
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        FILE.write_text(json.dumps(make(), indent=1) + "\n")
