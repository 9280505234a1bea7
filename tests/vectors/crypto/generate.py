#!/usr/bin/python3
"""Computes test vectors without the code under test and writes them beside this script.

HKDF, ECDSA key derivation, RFC 6979 and key agreement are computed here with Python's hashlib, hmac and integers;
Argon2id by libargon2, the reference implementation (Debian: python3-argon2). Where a document publishes a value for the same
input, this script compares and stops on a difference. published.json is written by hand.

Usage: generate.py [folder]    The vectors are frozen: a run into another folder must give the same files.
"""

import hashlib
import hmac
import json
import pathlib
import sys

import argon2.low_level

FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent)


def pattern(size: int, seed: int = 0) -> bytes:
    """Bytes that look like nothing in particular, the same on every run."""
    return hashlib.shake_256(b"holdfast test vector %d" % seed).digest(size)


def write(name: str, origin: str, cases: list) -> None:
    text = json.dumps({"origin": origin, "cases": cases}, indent=1)
    (FOLDER / name).write_text(text + "\n")


# --- HKDF-SHA-512 (RFC 5869) ---

def hkdf_sha512(key: bytes, salt: bytes, info: bytes, size: int) -> bytes:
    prk = hmac.new(salt or bytes(64), key, hashlib.sha512).digest()
    output, block, counter = b"", b"", 1
    while len(output) < size:
        block = hmac.new(prk, block + info + bytes([counter]), hashlib.sha512).digest()
        output += block
        counter += 1
    return output[:size]


def hkdf_cases() -> list:
    # RFC 5869's first input with SHA-512, a value that several implementations publish.
    known = hkdf_sha512(b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)), 42)
    assert known.hex() == ("832390086cda71fb47625bb5ceb168e4c8e26a1a16ed34d9fc7fe92c1481579338da362cb8d9f925d7cb")
    inputs = [
        (b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA)), 42),
        (pattern(32, 1), b"", b"", 32),
        (pattern(32, 2), pattern(32, 3), b"holdfast/v1/wrap", 32),
        (pattern(1, 4), pattern(200, 5), pattern(300, 6), 64),
        (pattern(500, 7), pattern(16, 8), b"x", 65),
        (b"", pattern(16, 9), b"empty key", 32),
        (pattern(32, 10), pattern(32, 11), b"longest", 255 * 64),
    ]
    cases = []
    for key, salt, info, size in inputs:
        output = hkdf_sha512(key, salt, info, size)
        case = {"key": key.hex(), "salt": salt.hex(), "info": info.hex(), "size": size}
        # Long outputs by their digest, to keep the file readable.
        case["sha256" if size > 1000 else "output"] = (
            hashlib.sha256(output).hexdigest() if size > 1000 else output.hex())
        cases.append(case)
    return cases


# --- Argon2id (RFC 9106) ---

def argon2id_cases() -> list:
    inputs = [
        (b"passphrase", pattern(16, 20), 19 * 1024, 2, 1),
        (b"", pattern(16, 21), 19 * 1024, 2, 1),
        (pattern(300, 22), pattern(32, 23), 64 * 1024, 3, 1),
        (b"lanes", pattern(32, 24), 20 * 1024, 2, 4),
        (b"lanes that do not divide", pattern(64, 25), 19 * 1024 + 5, 4, 3),
        (b"most passes", pattern(16, 26), 19 * 1024, 16, 1),
    ]
    cases = []
    for key, salt, memory, passes, lanes in inputs:
        output = argon2.low_level.hash_secret_raw(key, salt, passes, memory, lanes, 32, argon2.low_level.Type.ID)
        cases.append({"key": key.hex(), "salt": salt.hex(), "memory_kib": memory, "passes": passes, "lanes": lanes,
                      "output": output.hex()})
    return cases


# --- ECDSA: derivation by FIPS 186-5, A.2.1, and deterministic signatures by RFC 6979 ---

CURVES = {  # SEC 2: p, n, b, Gx, Gy; a = -3 for all
    "ecdsa-p256": (
        0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5),
    "ecdsa-p384": (
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
        0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
        0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F),
    "ecdsa-p521": (
        2**521 - 1,
        0x01FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409,
        0x0051953EB9618E1C9A1F929A21A0B68540EEA2DA725B99B315F3B8B489918EF109E156193951EC7E937B1652C0BD3BB1BF073573DF883D2C34F1EF451FD46B503F00,
        0x00C6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D3DBAA14B5E77EFE75928FE1DC127A2FFA8DE3348B3C1856A429BF97E7E31C2E5BD66,
        0x011839296A789A3BC0045C8A5FB42C7D1BD998F54449579B446817AFBD17273E662C97EE72995EF42640C550B9013FAD0761353C7086A272C24088BE94769FD16650),
}
DERIVATION_SIZE = {"ecdsa-p256": 40, "ecdsa-p384": 56, "ecdsa-p521": 74}


def add(p: int, one, two):
    """Affine addition; None is the point at infinity. Slow and obvious on purpose."""
    if one is None or two is None:
        return one or two
    (x1, y1), (x2, y2) = one, two
    if x1 == x2 and (y1 + y2) % p == 0:
        return None
    slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, p) if one == two else (y2 - y1) * pow(x2 - x1, -1, p)
    x3 = (slope * slope - x1 - x2) % p
    return x3, (slope * (x1 - x3) - y1) % p


def multiply(p: int, k: int, point):
    result = None
    for bit in bin(k)[2:]:
        result = add(p, result, result)
        if bit == "1":
            result = add(p, result, point)
    return result


def derive_case(name: str, uniform: bytes) -> dict:
    p, n, b, gx, gy = CURVES[name]
    assert (gy * gy - gx**3 + 3 * gx - b) % p == 0 and multiply(p, n, (gx, gy)) is None
    surplus = len(uniform) * 8 - (n.bit_length() + 64)
    d = (int.from_bytes(uniform, "big") >> surplus) % (n - 1) + 1
    x, y = multiply(p, d, (gx, gy))
    size = (p.bit_length() + 7) // 8
    point = b"\x04" + x.to_bytes(size, "big") + y.to_bytes(size, "big")
    return {"algorithm": name, "uniform": uniform.hex(), "private": d.to_bytes(size, "big").hex(),
            "point": point.hex()}


def uniform_for(name: str, d: int) -> bytes:
    """Bytes from which A.2.1 makes exactly d."""
    n, size = CURVES[name][1], DERIVATION_SIZE[name]
    return ((d - 1) << (size * 8 - (n.bit_length() + 64))).to_bytes(size, "big")


def derive_cases() -> list:
    cases = []
    for number, (name, size) in enumerate(DERIVATION_SIZE.items()):
        n = CURVES[name][1]
        inputs = [pattern(size, 40 + number), pattern(size, 50 + number), bytes(size), b"\xff" * size,
                  uniform_for(name, n - 1), uniform_for(name, n)]  # d = n - 1; c = n - 1, so d = 1 again
        cases += [derive_case(name, uniform) for uniform in inputs]
    assert cases[2]["private"] == "00" * 31 + "01"
    return cases


def rfc6979_nonces(n: int, d: int, digest: bytes, hash_name: str):
    size, bits = (n.bit_length() + 7) // 8, n.bit_length()

    def bits2int(data: bytes) -> int:
        return int.from_bytes(data, "big") >> max(0, len(data) * 8 - bits)

    def mac(key: bytes, data: bytes) -> bytes:
        return hmac.new(key, data, hash_name).digest()

    seed = d.to_bytes(size, "big") + (bits2int(digest) % n).to_bytes(size, "big")
    v, k = b"\x01" * len(digest), bytes(len(digest))
    for separator in (b"\x00", b"\x01"):
        k = mac(k, v + separator + seed)
        v = mac(k, v)
    while True:
        data = b""
        while len(data) * 8 < bits:
            v = mac(k, v)
            data += v
        nonce = bits2int(data)
        if 0 < nonce < n:
            yield nonce
        k = mac(k, v + b"\x00")
        v = mac(k, v)


def der_integer(value: int) -> bytes:
    data = value.to_bytes(value.bit_length() // 8 + 1, "big")
    return bytes([2, len(data)]) + data


def der_signature(r: int, s: int) -> bytes:
    body = der_integer(r) + der_integer(s)
    return b"\x30" + (b"\x81" if len(body) > 127 else b"") + bytes([len(body)]) + body


def sign(name: str, d: int, message: bytes, hash_name: str):
    p, n, _, gx, gy = CURVES[name]
    digest = hashlib.new(hash_name, message).digest()
    z = int.from_bytes(digest, "big") >> max(0, len(digest) * 8 - n.bit_length())
    for nonce in rfc6979_nonces(n, d, digest, hash_name):
        r = multiply(p, nonce, (gx, gy))[0] % n
        s = pow(nonce, -1, n) * (z + r * d) % n
        if r and s:
            return r, s


# RFC 6979, A.2.5: P-256 with this key, and the published r and s.
P256_KEY = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
P256_PUBLISHED = {
    ("sample", "sha256"): (0xEFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716,
                           0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8),
    ("sample", "sha384"): (0x0EAFEA039B20E9B42309FB1D89E213057CBF973DC0CFC8F129EDDDC800EF7719,
                           0x4861F0491E6998B9455193E34E7B0D284DDD7149A74B95B9261F13ABDE940954),
    ("sample", "sha512"): (0x8496A60B5E9B47C825488827E0495B0E3FA109EC4568FD3F8D1097678EB97F00,
                           0x2362AB1ADBE2B8ADF9CB9EDAB740EA6049C028114F2460F96554F61FAE3302FE),
    ("test", "sha256"): (0xF1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367,
                         0x019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083),
}


def rfc6979_cases() -> list:
    keys = {"ecdsa-p256": P256_KEY,
            "ecdsa-p384": int.from_bytes(pattern(48, 60), "big") % CURVES["ecdsa-p384"][1],
            "ecdsa-p521": int.from_bytes(pattern(66, 61), "big") % CURVES["ecdsa-p521"][1]}
    cases = []
    for name, d in keys.items():
        for message in ("sample", "test", ""):
            for hash_name in ("sha256", "sha384", "sha512"):
                r, s = sign(name, d, message.encode(), hash_name)
                if name == "ecdsa-p256":
                    assert P256_PUBLISHED.get((message, hash_name), (r, s)) == (r, s)
                cases.append({"algorithm": name, "uniform": uniform_for(name, d).hex(), "hash": hash_name,
                              "message": message, "signature": der_signature(r, s).hex()})
    return cases


# --- Key agreement: ECDH by SP 800-56A, 5.7.1.2, and X25519 by RFC 7748 ---

SPKI = {  # what stands before the point in a DER SubjectPublicKeyInfo
    "ecdsa-p256": "3059301306072a8648ce3d020106082a8648ce3d030107034200",
    "ecdsa-p384": "3076301006072a8648ce3d020106052b81040022036200",
    "ecdsa-p521": "30819b301006072a8648ce3d020106052b8104002303818600",
    "x25519": "302a300506032b656e032100",
}


def encode_point(name: str, point) -> bytes:
    size = (CURVES[name][0].bit_length() + 7) // 8
    return b"\x04" + point[0].to_bytes(size, "big") + point[1].to_bytes(size, "big")


def ecdh_case(name: str, d: int, peer, shared) -> dict:
    size = (CURVES[name][0].bit_length() + 7) // 8
    return {"algorithm": name, "uniform": uniform_for(name, d).hex(), "peer": SPKI[name] + encode_point(name, peer).hex(),
            "shared": shared[0].to_bytes(size, "big").hex()}


def ecdh_cases() -> list:
    cases = []
    for number, name in enumerate(DERIVATION_SIZE):
        p, n, _, gx, gy = CURVES[name]
        peer_d, d = (int.from_bytes(pattern(66, 70 + 2 * number + i), "big") % n for i in range(2))
        peer = multiply(p, peer_d, (gx, gy))
        own = multiply(p, d, (gx, gy))
        shared = multiply(p, d, peer)
        assert shared == multiply(p, peer_d, own)
        cases += [ecdh_case(name, d, peer, shared), ecdh_case(name, peer_d, own, shared)]
        cases += [ecdh_case(name, 1, peer, peer), ecdh_case(name, n - 1, peer, (peer[0], p - peer[1]))]
        # The first of the following own keys whose secret begins with a zero byte, which must not be dropped.
        while shared[0] >> (p.bit_length() + 7) // 8 * 8 - 8:
            d, shared = d + 1, add(p, shared, peer)
        cases.append(ecdh_case(name, d, peer, shared))
    return cases


def x25519(scalar: bytes, u: bytes) -> bytes:
    """RFC 7748, 5, without regard to time."""
    p = 2**255 - 19
    k = int.from_bytes(scalar, "little") & ~7 & (2**255 - 1) | 2**254
    x1 = int.from_bytes(u, "little") % 2**255 % p
    x2, z2, x3, z3 = 1, 0, x1, 1
    for bit in range(254, -1, -1):
        if k >> bit & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb = d * a, c * b
        x3, z3 = (da + cb) ** 2 % p, x1 * (da - cb) ** 2 % p
        e = (a * a - b * b) % p
        x2, z2 = a * a * b * b % p, e * (a * a + 121665 * e) % p
        if k >> bit & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, -1, p) % p).to_bytes(32, "little")


def x25519_cases() -> list:
    for row in json.loads((pathlib.Path(__file__).parent / "published.json").read_text())["x25519"]["cases"]:
        assert x25519(bytes.fromhex(row["scalar"]), bytes.fromhex(row["u"])).hex() == row["output"]
    base = (9).to_bytes(32, "little")
    cases = []
    for seed in (80, 82):
        own, other = pattern(32, seed), pattern(32, seed + 1)
        peer = x25519(other, base)
        shared = x25519(own, peer)
        assert shared == x25519(other, x25519(own, base))
        cases.append({"algorithm": "x25519", "uniform": own.hex(), "peer": SPKI["x25519"] + peer.hex(),
                      "shared": shared.hex()})
    return cases


write("hkdf_sha512.json", "generate.py: RFC 5869 with Python's hmac", hkdf_cases())
write("argon2id.json", "generate.py: libargon2", argon2id_cases())
write("ecdsa_derive.json", "generate.py: FIPS 186-5, A.2.1, with Python integers", derive_cases())
write("ecdsa_deterministic.json", "generate.py: RFC 6979 with Python integers; P-256 compared with its A.2.5",
      rfc6979_cases())
write("key_agreement.json", "generate.py: SP 800-56A, 5.7.1.2, and RFC 7748 with Python integers; X25519 compared with "
      "RFC 7748, 5.2 and 6.1", ecdh_cases() + x25519_cases())
