#!/usr/bin/python3
"""Writes the vectors that reference.py checks.

usage: make.py HOLDFAST MACHINES FOLDER [GROUP ...]
           with the program HOLDFAST, on the trees in MACHINES, into FOLDER; where a GROUP (such as fips) is named, only
           the vectors of those. $HOLDFAST_FIPS_CONFIG is handed on to the program.

Anchors record where they were made, so that happens in /tmp/holdfast-vectors, which is emptied first.
"""

import hashlib
import itertools
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from reference import CROCKFORD, ORIGIN_HASHES, first_slot, format_code, open_case, parse_anchor, values_of  # noqa: E402


GROUPS = ("standard", "passphrase", "required", "low_entropy", "recovery", "fips", "origin", "escrow", "puf")


class Maker:
    """Runs the program on copies of fixture trees."""

    def __init__(self, program, machines, folder):
        self.program, self.machines, self.folder = program, machines, folder
        self.place = pathlib.Path("/tmp/holdfast-vectors")
        shutil.rmtree(self.place, ignore_errors=True)
        self.place.mkdir(mode=0o700)

    def run(self, *arguments, text=None):
        environment = {"PATH": "/usr/bin:/bin", "UNIT_NUMBER": "HF-7 \u00e9\u00e8"}
        environment |= {name: os.environ[name] for name in ("HOLDFAST_FIPS_CONFIG",) if name in os.environ}
        command = [self.program, "--quiet", "--dir", str(self.place / "state"), *self.unlock, *map(str, arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, input=text, env=environment, check=True)
        return done.stdout

    def begin(self, machine, *options, passphrase=None, credentials=None, files=()):
        shutil.rmtree(self.place)
        self.place.mkdir(mode=0o700)
        self.unlock, self.passphrase = [], passphrase
        shutil.copytree(self.machines / machine, self.place / "machine", symlinks=True)
        for name, content in files:
            path = self.place / "machine" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        source = ["--sysroot", self.place / "machine"]
        if credentials:
            (self.place / "credentials.json").write_text(json.dumps(credentials))
            source += ["--credfile", self.place / "credentials.json"]
        if passphrase:
            (self.place / "passphrase").write_text(passphrase)
            options += ("--passphrase-file", self.place / "passphrase")
        listed = json.loads(self.run("--json", "fingerprint", "--show-values", *source))["attributes"]
        self.attributes = [{n: a[n] for n in ("name", "source", "value")} for a in listed if "value" in a]
        self.run("init", *source, *options)
        if passphrase:
            self.unlock = ["--unlock-passphrase-file", str(self.place / "passphrase")]

    def without(self, *names):
        return [a for a in self.attributes if a["name"] not in names]

    def replaced(self, *names):
        return [{**a, "value": a["value"][::-1]} if a["name"] in names else a for a in self.attributes]

    def case(self, title, attributes=None, **outcome):
        case = {"title": title, "attributes": attributes or self.attributes, **outcome}
        if self.passphrase and "passphrase" not in outcome:
            case["passphrase"] = self.passphrase
        return case

    def seal_locked(self, message, passphrase):
        """A sealed file that demands a passphrase besides the device; as a member of the vector."""
        (self.place / "locked").write_text(passphrase + "\n")
        options = ("--passphrase-file", self.place / "locked", "--out", self.place / "locked.sealed")
        self.run("seal", *options, text=message.encode())
        return {"locked_passphrase": passphrase}

    def finish(self, name, cases, lock=None, identifiers=None, more=None):
        message = f"This was sealed for the vector {name}.\n"
        self.run("seal", "--out", self.place / "message.sealed", text=message.encode())
        locked = self.seal_locked(message, lock) if lock else {}
        for algorithm in ("ed25519", "ecdsa-p256"):
            self.run("key", "create", algorithm, "--alg", algorithm)
        state, target = self.place / "state", self.folder / name
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        shutil.copytree(state / "keys", target / "keys", ignore=shutil.ignore_patterns("lock"))
        sealed = sorted(self.place.glob("*.sealed"))
        for path in (state / "anchor", state / "events", *sealed):
            shutil.copyfile(path, target / path.name)
        data = (target / "anchor").read_bytes()
        opened = open_case(data, cases[0])
        for case in cases:
            if "error" not in case and "attributes" in case:
                trial = open_case(data, case)
                case.update(subset=trial.subset, changed=trial.changed(values_of(case)))
        origin = opened.origin()
        if identifiers is not None:
            words = {member: value for member, value in origin.items() if member not in ORIGIN_HASHES}
            locked["origin"] = {"identifiers": {n: v.hex() for n, v in identifiers.items()}, "words": words}
        vector = {
            "about": "Test secrets of a made-up machine; docs/formats/anchor.md says what the members are.",
            "anchor": opened.body["anchor"],
            "root": opened.root.secret.hex(),
            "events": opened.body["events"]["count"],
            "message": message,
            **locked,
            **(more or {}),
            "cases": cases,
        }
        (target / "vector.json").write_text(json.dumps(vector, indent=2, ensure_ascii=False) + "\n")

    def make(self, groups):
        for group in groups or GROUPS:
            getattr(self, f"make_{group}")()

    def make_standard(self):
        self.begin("x86-server", "--no-recovery")
        names = [a["name"] for a in first_slot(self.body(), "fingerprint")["counted"]]
        cases = [
            self.case("as it was"),
            self.case("a card replaced, a disk removed", [a for a in self.replaced(names[-1]) if a["name"] != names[2]]),
            self.case("processor and board replaced", self.replaced(names[0], names[1])),
            self.case("three replaced", self.replaced(*names[:3]), error="does_not_open"),
            self.case("three removed", self.without(*names[3:]), error="does_not_open"),
        ]
        renamed = [{**a, "name": a["name"] + "x"} if a["name"] in names[:3] else a for a in self.attributes]
        cases.append(self.case("same values under other names", renamed, error="does_not_open"))
        self.finish("standard", cases)

    def make_passphrase(self):
        credentials = {
            "attributes": [
                {"attribute_name": "unit", "attribute_value": {"type": "ENV", "variable_name": "UNIT_NUMBER"}},
                {"attribute_name": "host", "attribute_value": {"type": "file", "path": "/etc/hostname"}, "bits": 16},
            ]
        }
        # Decomposed, and with the end of its line: both go before it is used.
        self.begin("container", "--no-recovery", passphrase="cafe\u0301 on the long way home\n", credentials=credentials)
        composed = "caf\u00e9 on the long way home"
        cases = [
            self.case("as it was"),
            self.case("typed in the composed form", passphrase=composed),
            self.case("with CR LF", passphrase=composed + "\r\n"),
            self.case("unit renumbered", self.replaced("unit")),
            self.case("wrong passphrase", passphrase="cafe on the long way home", error="does_not_open"),
            self.case("two newlines", passphrase=composed + "\n\n", error="does_not_open"),
        ]
        self.finish("passphrase", cases)

    def make_required(self):
        self.begin("laptop", "--no-recovery", "--require", "dmi/product_uuid")
        names = [a["name"] for a in first_slot(self.body(), "fingerprint")["counted"]]
        cases = [
            self.case("as it was"),
            self.case("a part replaced", self.replaced(names[0])),
            self.case("required attribute replaced", self.replaced("dmi/product_uuid"), error="does_not_open"),
            self.case("required attribute missing", self.without("dmi/product_uuid"), error="does_not_open"),
        ]
        self.finish("required", cases)
        groups = ("device-tree/serial", "net/3f300000.mmcnr/mac", "disk/3f202000.mmc/cid")
        self.begin("raspberry-pi", "--no-recovery", *itertools.chain(*(("--require", name) for name in groups)))
        cases = [self.case("as it was"), self.case("card replaced", self.replaced(groups[2]), error="does_not_open")]
        self.finish("all-required", cases)

    def make_low_entropy(self):
        self.begin("cloud-vm", "--no-recovery", "--accept-low-entropy")
        cases = [
            self.case("as it was"),
            self.case("host renamed", self.replaced("hostname")),
            self.case("blank values", [{**a, "value": ""} for a in self.attributes], error="does_not_open"),
        ]
        self.finish("low-entropy", cases)

    def make_recovery(self):
        self.begin("emmc-arm-board", "--recovery-out", self.place / "recovery")
        self.finish("recovery", self.recovery_cases())

    def recovery_cases(self):
        code = (self.place / "recovery").read_text()
        typed = code.strip().lower().replace("-", " ").replace("1", "l").replace("0", "o")
        last = next(digit for digit in CROCKFORD if digit != code.strip()[-1])
        return [
            self.case("by its attributes"),
            {"title": "code as printed", "recovery_code": code},
            {"title": "code as typed by hand", "recovery_code": typed},
            {"title": "code mistyped", "recovery_code": code.strip()[:-1] + last, "error": "wrong_passphrase"},
            {"title": "code too short", "recovery_code": code[:20], "error": "wrong_passphrase"},
            {"title": "another code", "recovery_code": format_code(os.urandom(20)), "error": "wrong_passphrase"},
        ]

    def make_escrow(self):
        """After a rotation, so that the slot that is opened is one that no officer was needed for."""
        self.begin("emmc-arm-board", "--no-recovery")
        officers = {"ada": ("rsa:2048",), "bob": ("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), "cyd": ("ec", "-pkeyopt", "ec_paramgen_curve:P-521")}
        for name, algorithm in officers.items():
            made = ("-keyout", f"{name}.key", "-out", f"{name}.pem", "-nodes", "-days", "3650", "-subj", f"/CN={name}")
            subprocess.run(["openssl", "req", "-x509", "-newkey", *algorithm, *made], cwd=self.place, check=True, capture_output=True)
        named = [part for name in officers for part in ("--officer", self.place / f"{name}.pem")]
        self.run("escrow", "add", *named, "--threshold", "2", "--name", "gate 7", "--out", self.place / "shares")
        shares = [
            self.run("escrow", "open-share", self.place / f"shares/share-{i}.pem", "--key-file", self.place / f"{name}.key").decode()
            for i, name in enumerate(officers, 1)
        ]
        self.run("rotate-root", "--yes")
        ada, bob, cyd = shares
        body = self.body()
        other = self.resummed(bob.replace(body["anchor"], "00" * 16))
        replaced = self.resummed(bob.replace(first_slot(body, "escrow")["id"], "00" * 8))
        altered = self.resummed(bob.replace("value 00", "value 01"))
        cases = [
            self.case("by its attributes"),
            *({"title": title, "escrow_shares": some} for title, some in {
                "first and second": [ada, bob], "third and first": [cyd, ada], "second and third": [bob, cyd], "all": [cyd, bob, ada],
            }.items()),
            {"title": "one", "escrow_shares": [ada], "error": "does_not_open"},
            {"title": "none", "escrow_shares": [], "error": "does_not_open"},
            {"title": "one twice", "escrow_shares": [ada, ada], "error": "usage"},
            {"title": "another anchor's", "escrow_shares": [ada, other], "error": "wrong_passphrase"},
            {"title": "another escrow's", "escrow_shares": [ada, replaced], "error": "wrong_passphrase"},
            {"title": "altered", "escrow_shares": [ada, altered], "error": "malformed"},
            {"title": "damaged", "escrow_shares": [ada, bob.replace("value 00", "value 01")], "error": "malformed"},
        ]
        self.finish("escrow", cases, identifiers={}, more={"officer_keys": [f"{name}.key" for name in officers], "shares": shares})
        for name in officers:
            shutil.copyfile(self.place / f"{name}.key", self.folder / "escrow" / f"{name}.key")

    @staticmethod
    def resummed(share):
        """A share with a digest of its own, as anybody can make it."""
        lines = share[: share.rindex("sha256 ")]
        return f"{lines}sha256 {hashlib.sha256(lines.encode()).hexdigest()}\n"

    def make_fips(self):
        fips = ("--profile", "fips")
        words = "na\u00efve anchors stay ashore"
        self.begin("laptop", "--no-recovery", "--require", "dmi/product_uuid", *fips, passphrase=words + "\n")
        names = [a["name"] for a in first_slot(self.body(), "fingerprint")["counted"]]
        cases = [
            self.case("as it was"),
            self.case("passphrase decomposed", passphrase=words.replace("\u00ef", "i\u0308")),
            self.case("a part replaced", self.replaced(names[0])),
            self.case("required attribute replaced", self.replaced("dmi/product_uuid"), error="does_not_open"),
            self.case("wrong passphrase", passphrase="naive anchors stay ashore", error="does_not_open"),
            self.case("short passphrase", passphrase="na", error="does_not_open"),
        ]
        self.finish("fips", cases, lock="f\u00fcr alle F\u00e4lle")
        self.begin("emmc-arm-board", *fips, "--recovery-out", self.place / "recovery")
        self.finish("fips-recovery", self.recovery_cases())

    def make_origin(self):
        generation, uuid = bytes(range(16)), "5a0d3c1e-9b7f-4c26-8e41-d20f6b7a93c5"
        device = (self.machines / "x86-server/dev/disk/by-uuid" / uuid).readlink().name
        identifiers = {
            "cloud_instance": b"i-0abc12de34f567890",
            "file_system": uuid.encode(),
            "generation_id": generation,
            "machine_id": (self.machines / "x86-server/etc/machine-id").read_bytes().strip(),
        }
        files = (
            ("etc/os-release", b'ID=debian\nIMAGE_ID="gateway"\nIMAGE_VERSION=12\nBUILD_ID=2026-11-22\n'),
            ("proc/self/mountinfo", f"21 1 8:2 / / rw,relatime - ext4 /dev/{device} rw\n".encode()),
            ("sys/firmware/qemu_fw_cfg/by_name/etc/vmgenid_guid/raw", bytes(40) + generation + bytes(4040)),
            ("var/lib/cloud/data/instance-id", identifiers["cloud_instance"] + b"\n"),
        )
        self.begin("x86-server", "--no-recovery", files=files)
        self.finish("origin", [self.case("as it was")], identifiers=identifiers)

    def make_puf(self):
        self.make_puf_in("puf", "required")
        self.make_puf_in("puf-slot", "slot")

    def make_puf_in(self, name, role):
        chance = random.Random(name)
        cells = chance.randbytes(640)
        # Made before the source is, which must lie outside of what `begin` empties.
        source = self.place.with_name("holdfast-vectors-source")
        source.write_bytes(cells)
        named = {"attribute_name": "sram", "attribute_value": {"type": "puf", "path": str(source), "errors": 5}}
        self.begin("emmc-arm-board", "--no-recovery", "--puf", role, credentials={"attributes": [named]})
        counted = [a["name"] for a in first_slot(self.body(), "fingerprint")["counted"]]
        gone = self.replaced(*counted)

        def read(share, response=None):
            flips = int("".join(str(int(chance.random() < share)) for _ in range(5120)), 2).to_bytes(640, "big")
            noisy = bytes(a ^ b for a, b in zip(response or cells, flips))
            return {"noisy": {"name": "sram", "source": f"puf:file:{source}", "response": noisy.hex()}}

        alone = {} if role == "slot" else {"error": "does_not_open"}
        short = {"noisy": {**read(0)["noisy"], "response": cells[:100].hex()}}
        cases = [
            self.case("as it was", **read(0)),
            self.case("another reading", **read(0.04)),
            self.case("a part replaced", gone, **read(0.04), **alone),
            self.case("a part replaced, another chip", gone, **read(0.04, chance.randbytes(640)), error="does_not_open"),
            self.case("a part replaced, the reading cut off", gone, **short, error="does_not_open"),
            self.case("a part replaced, nothing read", gone, error="does_not_open"),
        ]
        if role == "required":
            cases += [
                self.case("another chip", **read(0.04, chance.randbytes(640)), error="does_not_open"),
                self.case("cut off", **short, error="does_not_open"),
                self.case("nothing read", error="does_not_open"),
            ]
        else:
            cases.insert(0, self.case("nothing read"))
        self.finish(name, cases, identifiers={})
        source.unlink()

    def body(self):
        return parse_anchor((self.place / "state" / "anchor").read_bytes())[0]


if __name__ == "__main__":
    if len(sys.argv) < 4 or not set(sys.argv[4:]) <= set(GROUPS):
        sys.exit(__doc__)
    Maker(os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])).make(sys.argv[4:])
