#!/usr/bin/python3
"""Stateless configurations in Python, written from docs/formats/stateless.md and independent of the C++ code.

usage: reference.py --check [FOLDER]        verify every vector in FOLDER (default: beside this file), and that altered
                                            files are refused; exit status 1 where one does not hold
       reference.py --open FILE --attributes FILE [--key NAME]
                                            derive from a real configuration; FILE with attributes is what
                                            `holdfast --json fingerprint --show-values` prints. Prints a JSON object
       reference.py --make FOLDER           write a fresh vector of the configuration in FOLDER/request.json
"""

import argparse
import base64
import hashlib
import hmac
import importlib.util
import json
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
MAGIC = b"holdfast-stateless-v1\n"
MAX_FILE = 1 << 20
STRONG = {"lanes": 1, "memory_kib": 65536, "passes": 3}


def load(folder):
    """Another format's reference: encodings, derived keys and sealed files are described on pages of their own."""
    spec = importlib.util.spec_from_file_location(f"{folder}_reference", HERE.parent / folder / "reference.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


anchor = load("anchor")
sealed = load("sealed")
lp, label, hkdf, canonical, require = anchor.lp, anchor.label, anchor.hkdf, anchor.canonical, anchor.require
Refusal = anchor.Refusal

ATTRIBUTE = anchor.members(
    name=anchor.text(1024),
    source=anchor.text(8204),
    **{"class": anchor.one_of(anchor.CLASSES)},
    group=anchor.text(1024),
    bits=anchor.number(0, 256),
    bits_claimed=anchor.boolean,
    only_root_reads=anchor.boolean,
)
MEMBERS = dict(
    argon2=anchor.members(memory_kib=anchor.number(19456, 1048576), passes=anchor.number(2, 16), lanes=anchor.number(1, 4)),
    attributes=anchor.array(1, 128, ATTRIBUTE),
    check=anchor.hexadecimal(32),
    credential_file=anchor.text(4096),
    low_entropy_accepted=anchor.boolean,
    platform=anchor.text(64),
    profile=lambda v: anchor.text(64)(v) and v != "",
    sysroot=anchor.text(4096),
)
BODY = anchor.members(**MEMBERS)
BODY_WITH_SALT = anchor.members(**MEMBERS, device_salt=anchor.base64_of(8, 1024))


class Stateless:
    """What grows from a configuration on a machine with these values."""

    def __init__(self, body, values):
        profile = body["profile"].encode()
        device_salt = base64.b64decode(body.get("device_salt", ""))
        fields = b""
        for attribute in body["attributes"]:
            value = values.get((attribute["name"], attribute["source"]))
            require(value is not None, "does_not_open", f"{attribute['name']} is not present")
            fields += lp(attribute["name"].encode()) + lp(attribute["source"].encode()) + lp(value)
        salt = hashlib.sha256(label("stateless-salt") + lp(profile) + lp(device_salt)).digest()
        secret = anchor.argon2id(fields, salt, body["argon2"])
        self.check = hkdf(secret, b"", label("check"))
        identity = hashlib.sha256(label("stateless-anchor") + lp(profile) + lp(device_salt) + lp(self.check))
        self.root = anchor.Root(identity.digest()[:16], secret)

    def public_key(self, name):
        """DER SubjectPublicKeyInfo of the key ALGORITHM.NAME."""
        record = {"algorithm": name.partition(".")[0], "name": name, "version": 1}
        return anchor.derived_public_key(self.root, record)

    def device(self):
        return sealed.Device(self.root.secret, self.root.anchor, 0)


def parse(data):
    """The body, the bytes under the MAC, and the MAC."""
    require(len(data) <= MAX_FILE and data.startswith(MAGIC), "malformed", "first line")
    parts = re.fullmatch(rb"([^\n]*\n[^\n]*\n)(mac ([0-9a-f]{64})\n)sha256 ([0-9a-f]{64})\n", data)
    require(parts, "malformed", "lines 2 to 4")
    require(hashlib.sha256(parts[1] + parts[2]).hexdigest().encode() == parts[4], "malformed", "digest")
    body = anchor.parse_line(parts[1].split(b"\n")[1])
    require(BODY(body) or BODY_WITH_SALT(body), "malformed", "a member or bound of the body")
    known = {(a["name"], a["source"]) for a in body["attributes"]}
    require(len(known) == len(body["attributes"]), "malformed", "an attribute twice")
    return body, parts[1], bytes.fromhex(parts[3].decode())


def with_digest(lines, mac):
    lines += b"mac " + mac.hex().encode() + b"\n"
    return lines + b"sha256 " + hashlib.sha256(lines).hexdigest().encode() + b"\n"


def write(body, root):
    lines = MAGIC + canonical(body) + b"\n"
    return with_digest(lines, hmac.digest(root.key("stateless-mac"), lines, "sha256"))


def open_file(data, values):
    body, authenticated, mac = parse(data)
    opened = Stateless(body, values)
    require(hmac.compare_digest(opened.check.hex(), body["check"]), "does_not_open", "check value")
    expected = hmac.digest(opened.root.key("stateless-mac"), authenticated, "sha256")
    require(hmac.compare_digest(expected, mac), "malformed", "MAC")
    return opened


def values_of(attributes):
    return {(a["name"], a["source"]): a["value"].encode() for a in attributes if "value" in a}


# Checking vectors


def check_alterations(report, title, data, values):
    body, _, mac = parse(data)
    changes = {
        "budget": ({"attributes": [{**a, "bits": 7} for a in body["attributes"]]}, "malformed"),
        "platform": ({"platform": "elsewhere"}, "malformed"),
        "path": ({"sysroot": body["sysroot"] + "x"}, "malformed"),
        "profile": ({"profile": "cnsa-2.0"}, "does_not_open"),
        "device salt": ({"device_salt": base64.b64encode(bytes(16)).decode()}, "does_not_open"),
        "costs": ({"argon2": {**STRONG, "passes": 2}}, "does_not_open"),
        "order": ({"attributes": body["attributes"][::-1]}, "does_not_open"),
        "check value": ({"check": "00" * 32}, "does_not_open"),
    }
    for what, (change, kind) in changes.items():
        altered = with_digest(MAGIC + canonical({**body, **change}) + b"\n", mac)
        report.refuses(f"{title}: altered {what}", {kind}, lambda: open_file(altered, values))
    unnoticed = []
    for at in range(len(data)):
        try:
            parse(anchor.flipped(data, at))
            unnoticed.append(at)
        except Refusal:
            pass
    report.check(f"{title}: {len(data)} flipped bytes against the digest", not unnoticed, unnoticed)


def check_vector(report, folder):
    vector = json.loads((folder / "vector.json").read_text())
    data = (folder / "stateless").read_bytes()
    for case in vector["cases"]:
        title = f"{folder.name}: {case['title']}"
        if "error" in case:
            report.refuses(title, {case["error"]}, lambda: open_file(data, values_of(case["attributes"])))
            continue
        opened = open_file(data, values_of(case["attributes"]))
        report.check(title, opened.root.secret.hex() == vector["root"], "another root")
        report.check(title, opened.root.anchor.hex() == vector["anchor"], "another anchor id")
        report.check(title, opened.check.hex() == vector["check"], "another check value")
        report.check(title, write(parse(data)[0], opened.root) == data, "written again, it differs")
        for name, public in vector["keys"].items():
            report.check(f"{title}: {name}", opened.public_key(name).hex() == public, "another public key")
        message = sealed.unseal(opened.device(), (folder / "message.sealed").read_bytes())
        report.check(f"{title}: sealed file", message.decode() == vector["message"], message)
    check_alterations(report, folder.name, data, values_of(vector["cases"][0]["attributes"]))


def check(folder):
    report = anchor.Report()
    folders = sorted(path.parent for path in folder.glob("*/vector.json"))
    report.check("vectors", folders, f"there are none in {folder}")
    for each in folders:
        try:
            check_vector(report, each)
        except (Refusal, OSError, ValueError) as problem:
            report.check(each.name, False, problem)
    print(f"{report.held} checks held, {report.failed} failed, in {len(folders)} vectors")
    return 1 if report.failed else 0


def make(folder):
    """Cases: as it was, one value changed, one missing, and others that do not matter."""
    request = json.loads((folder / "request.json").read_text())
    values = values_of(request["attributes"])
    body = {**request["body"], "argon2": STRONG}
    made = Stateless(body, values)
    body["check"] = made.check.hex()
    message = f"This was sealed for the vector {folder.name}.\n"
    lines, chunks = sealed.seal(made.device(), message.encode())
    (folder / "message.sealed").write_bytes(b"".join(lines) + b"".join(chunks))
    (folder / "stateless").write_bytes(write(body, made.root))
    used = [a["name"] for a in body["attributes"]]

    def altered(change):
        return [b for a in request["attributes"] for b in [change(dict(a))] if b]

    cases = [
        {"title": "as it was", "attributes": request["attributes"]},
        {"title": "other attributes changed", "attributes": altered(lambda a: a if a["name"] in used else {**a, "value": "x"})},
        {"title": "an attribute changed", "attributes": altered(lambda a: {**a, "value": "x"} if a["name"] == used[-1] else a),
         "error": "does_not_open"},
        {"title": "an attribute is missing", "attributes": altered(lambda a: None if a["name"] == used[0] else a),
         "error": "does_not_open"},
    ]
    vector = {
        "about": "Test secrets of a made-up machine; docs/formats/stateless.md says what the members are.",
        "anchor": made.root.anchor.hex(),
        "root": made.root.secret.hex(),
        "check": made.check.hex(),
        "keys": {name: made.public_key(name).hex() for name in ("ed25519.device", "ecdsa-p256.tls")},
        "message": message,
        "cases": cases,
    }
    (folder / "vector.json").write_text(json.dumps(vector, indent=2) + "\n")
    return 0


def show(arguments):
    listed = json.loads(pathlib.Path(arguments.attributes).read_text())["attributes"]
    opened = open_file(pathlib.Path(arguments.open).read_bytes(), values_of(listed))
    shown = {"anchor": opened.root.anchor.hex(), "check": opened.check.hex()}
    if arguments.key:
        shown["public_sha256"] = hashlib.sha256(opened.public_key(arguments.key)).hexdigest()
    print(json.dumps(shown))
    return 0


def main():
    parser = argparse.ArgumentParser(description="Stateless configurations in Python, apart from the C++ code.")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", nargs="?", const=str(HERE), metavar="FOLDER")
    what.add_argument("--make", metavar="FOLDER")
    what.add_argument("--open", metavar="FILE")
    for name in ("--attributes", "--key"):
        parser.add_argument(name)
    arguments = parser.parse_args()
    try:
        if arguments.check:
            return check(pathlib.Path(arguments.check))
        return make(pathlib.Path(arguments.make)) if arguments.make else show(arguments)
    except (Refusal, OSError, ValueError) as problem:
        print(f"reference.py: {problem}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
