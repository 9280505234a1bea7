#!/usr/bin/python3
"""Derives the keys of derivation.json a second time, without Holdfast.

HKDF is written with the standard library's hmac, ECDSA and Ed25519 with integer arithmetic (clear, slow and not
constant-time: only for tests), RSA as in ../crypto/rsa_derive.py. The public keys of ML-DSA, ML-KEM and X25519 come from
the openssl command, which is given the seed.

usage: reference.py derivation.json            compare; exit status 1 where something differs
       reference.py --print derivation.json    print the file as it should be
"""

import hashlib
import hmac
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "crypto"))
import rsa_derive  # noqa: E402

# Name: bits of the order, field prime, order, base point, OID of the curve as DER. All have a = -3 (FIPS 186-5).
CURVES = {
    "ecdsa-p256": (
        256,
        0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF,
        0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
        (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
         0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5),
        "06082a8648ce3d030107",
    ),
    "ecdsa-p384": (
        384,
        2**384 - 2**128 - 2**96 + 2**32 - 1,
        0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
        (0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
         0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F),
        "06052b81040022",
    ),
    "ecdsa-p521": (
        521,
        2**521 - 1,
        2**521 - 2**264 + 0xFA51868783BF2F966B7FCC0148F709A5D03BB5C9B8899C47AEBB6FB71E91386409,
        (int("00C6858E06B70404E9CD9E3ECB662395B4429C648139053FB521F828AF606B4D3D"
             "BAA14B5E77EFE75928FE1DC127A2FFA8DE3348B3C1856A429BF97E7E31C2E5BD66", 16),
         int("011839296A789A3BC0045C8A5FB42C7D1BD998F54449579B446817AFBD17273E66"
             "2C97EE72995EF42640C550B9013FAD0761353C7086A272C24088BE94769FD16650", 16)),
        "06052b81040023",
    ),
}
NIST = "0609608648016503"
# The algorithm's OID as DER, and what stands around the seed: [0] for ML-DSA and ML-KEM, an OCTET STRING for X25519.
SEEDED = {
    "ml-dsa-44": (NIST + "040311", 0x80), "ml-dsa-65": (NIST + "040312", 0x80), "ml-dsa-87": (NIST + "040313", 0x80),
    "ml-kem-768": (NIST + "040402", 0x80), "ml-kem-1024": (NIST + "040403", 0x80), "x25519": ("06032b656e", 0x04),
}
SIZES = {"ecdsa-p256": 40, "ecdsa-p384": 56, "ecdsa-p521": 74, "ml-kem-768": 64, "ml-kem-1024": 64,
         "x25519-ml-kem-768": 96, "rsa-2048": 64}


def lp(field):
    return len(field).to_bytes(4, "big") + field


def hkdf(secret, salt, info, size):
    """HKDF-SHA-512 (RFC 5869)."""
    key = hmac.new(salt, secret, hashlib.sha512).digest()
    output, block, count = b"", b"", 0
    while len(output) < size:
        count += 1
        block = hmac.new(key, block + info + bytes([count]), hashlib.sha512).digest()
        output += block
    return output[:size]


def root_key(root, anchor, purpose, context, size):
    return hkdf(root, anchor, b"holdfast/v1/" + purpose + lp(context), size)


def der(tag, content):
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def ec_add(p, a, b):
    """Affine addition on a curve with a = -3; None is the point at infinity."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % p == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, p)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, p)
    x = (slope * slope - a[0] - b[0]) % p
    return x, (slope * (a[0] - x) - a[1]) % p


def multiply(add, scalar, point, zero):
    result = zero
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def ecdsa(algorithm, material):
    """The private scalar by FIPS 186-5, A.2.1, and the SubjectPublicKeyInfo."""
    bits, p, order, base, oid = CURVES[algorithm]
    c = int.from_bytes(material, "big") >> (8 * len(material) - (bits + 64))
    d = c % (order - 1) + 1
    size = (bits + 7) // 8
    x, y = multiply(lambda a, b: ec_add(p, a, b), d, base, None)
    point = b"\x04" + x.to_bytes(size, "big") + y.to_bytes(size, "big")
    ident = der(0x30, bytes.fromhex("06072a8648ce3d0201" + oid))
    return d.to_bytes(size, "big"), der(0x30, ident + der(0x03, b"\x00" + point))


def ed25519(seed):
    """The SubjectPublicKeyInfo of the key with this seed (RFC 8032)."""
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p

    def add(a, b):
        t = d * a[0] * b[0] * a[1] * b[1]
        x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + t, -1, p) % p
        return x, (a[1] * b[1] + a[0] * b[0]) * pow(1 - t, -1, p) % p

    base = (15112221349535400772501151409588531511454012693041857206046113283949847762202, 4 * pow(5, -1, p) % p)
    clamped = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little") & (2**254 - 8) | 2**254
    x, y = multiply(add, clamped, base, (0, 1))
    point = (y | (x & 1) << 255).to_bytes(32, "little")
    return der(0x30, bytes.fromhex("300506032b6570") + der(0x03, b"\x00" + point))


def seeded(algorithm, seed):
    """The same by the openssl command, given PKCS #8 with the seed alone (RFC 9881, 9935, 8410)."""
    oid, tag = SEEDED[algorithm]
    pkcs8 = der(0x30, b"\x02\x01\x00" + der(0x30, bytes.fromhex(oid)) + der(0x04, der(tag, seed)))
    command = ["openssl", "pkey", "-inform", "DER", "-pubout", "-outform", "DER"]
    return subprocess.run(command, input=pkcs8, stdout=subprocess.PIPE, check=True).stdout


def hybrid(material):
    """X25519 and ML-KEM-768 keys as they are, at the ends of their SubjectPublicKeyInfos."""
    return seeded("x25519", material[:32])[-32:] + seeded("ml-kem-768", material[32:])[-1184:]


def public_of(algorithm, material):
    if algorithm == "ed25519":
        return ed25519(material)
    if algorithm == "x25519-ml-kem-768":
        return hybrid(material)
    if algorithm.startswith("rsa-"):
        numbers = rsa_derive.derive(material, int(algorithm[4:]))
        return rsa_derive.subject_public_key_info(int(numbers["n"], 16))
    return seeded(algorithm, material)


def derive(root, anchor, case):
    algorithm, name, version = case["algorithm"], case["name"], case["version"]
    context = lp(algorithm.encode()) + lp(name.encode()) + version.to_bytes(4, "big")
    material = root_key(root, anchor, b"identity-key", context, SIZES.get(algorithm, 32))
    derived = {"algorithm": algorithm, "name": name, "version": version, "material": material.hex()}
    if algorithm == "aes-256":
        derived["key_check"] = hmac.new(material, b"holdfast/v1/key-check", hashlib.sha256).hexdigest()
        return derived
    if algorithm in CURVES:
        scalar, public = ecdsa(algorithm, material)
        derived["scalar"] = scalar.hex()
    else:
        public = public_of(algorithm, material)
    derived["public_sha256"] = hashlib.sha256(public).hexdigest()
    return derived


def main():
    with open(sys.argv[-1], encoding="utf-8") as file:
        given = json.load(file)
    root, anchor = bytes.fromhex(given["root"]), bytes.fromhex(given["anchor"])
    expected = dict(given)
    expected["store_key"] = root_key(root, anchor, b"key-store", b"", 32).hex()
    expected["keys"] = [derive(root, anchor, case) for case in given["keys"]]
    if "--print" in sys.argv:
        print(json.dumps(expected, indent=2))
        return 0
    for was, should in zip(given["keys"], expected["keys"]):
        if was != should:
            print("differs:", json.dumps(was), "should be", json.dumps(should))
    print("compared", len(given["keys"]), "keys")
    return 0 if given == expected and given["keys"] else 1


if __name__ == "__main__":
    sys.exit(main())
