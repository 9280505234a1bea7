"""The prepared folders with which commands begin, and the inputs that they read."""

import grp
import json
import os
import subprocess
from pathlib import Path

from device import HOLDFAST

MACHINE = Path(__file__).resolve().parent.parent / "fixtures" / "machines" / "x86-server"
# One combination of attributes instead of fifteen: what is searched for is not what is tested.
QUORUM = "6"
ONE_LESS = "5"
# A group that is not the usual one where this account can give it files.
GROUP = "daemon" if os.geteuid() == 0 else grp.getgrgid(os.getegid()).gr_name


class Maker:
    """Makes everything below one folder: bases/NAME is copied to where commands run, inputs/ is read in place."""

    def __init__(self, folder):
        self.bases, self.inputs = folder / "bases", folder / "inputs"
        self.bases.mkdir()
        self.inputs.mkdir()
        self.base = None

    def begin(self, name, like=None):
        self.base = self.bases / name
        if like:
            subprocess.run(["cp", "-a", self.bases / like, self.base], check=True)
        else:
            (self.base / "out").mkdir(parents=True)

    def holdfast(self, *words, input=b""):
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(self.base),
                       "HOLDFAST_DIR": str(self.base / "state"), "HOLDFAST_MARKS": str(self.base / "marks")}
        done = subprocess.run([HOLDFAST, *map(str, words)], env=environment, cwd=self.inputs, input=input,
                              capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"preparing: {' '.join(map(str, words))}: {done.stderr.decode()}")
        return done.stdout

    def openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], cwd=self.inputs, check=True, capture_output=True)

    def make(self):
        self.make_inputs()
        self.begin("empty")
        self.begin("remains")
        (self.base / "state").mkdir(mode=0o700)
        (self.base / "state" / "events").write_text("what an earlier anchor left\n")
        self.begin("bare")
        self.holdfast("init", "--sysroot", MACHINE, "--quorum", QUORUM, "--credfile", self.inputs / "credentials.json",
                      "--no-recovery")
        self.begin("shared")
        self.holdfast("init", "--sysroot", MACHINE, "--quorum", QUORUM, "--no-recovery", "--group", GROUP)
        self.make_device()
        self.begin("outputs", like="device")
        for name in ("sealed", "plain"):
            (self.base / "out" / name).write_text("what was there before\n")
        self.begin("disabled", like="device")
        self.holdfast("key", "disable", "rnd")
        self.make_elsewhere()
        self.make_changing()
        altered = bytearray((self.inputs / "before.sealed").read_bytes())
        altered[-1000] ^= 1
        (self.inputs / "altered").write_bytes(altered)

    def make_elsewhere(self):
        """A device whose machine has got another network card since, and whose attributes are all needed."""
        machine = self.inputs / "machine"
        subprocess.run(["cp", "-a", MACHINE, machine], check=True)
        self.begin("elsewhere")
        self.holdfast("init", "--sysroot", machine, "--quorum", QUORUM, "--no-recovery")
        self.holdfast("seal", "--in", self.inputs / "plain", "--out", self.inputs / "elsewhere.sealed")
        (machine / "sys/class/net/ens3f0/address").write_text("3c:ec:ef:12:34:56\n")

    def make_changing(self):
        """Anchors that are to be changed themselves."""
        machine = self.inputs / "drifting machine"
        subprocess.run(["cp", "-a", MACHINE, machine], check=True)
        self.begin("drifted")
        self.holdfast("init", "--sysroot", machine, "--quorum", ONE_LESS, "--recovery-out", self.base / "out/recovery.txt")
        self.make_signer("drifting")
        (machine / "sys/class/net/ens3f0/address").write_text("3c:ec:ef:12:34:56\n")
        self.begin("recoverable", like="device")
        self.holdfast("recovery", "new", "--recovery-out", self.base / "out/recovery.txt")
        self.make_officers("ada", "bob")
        self.begin("escrowed", like="device")
        self.holdfast("escrow", "add", *self.officers, "--threshold", "2", "--out", self.base / "out/before")
        self.begin("noisy", like="device")
        self.holdfast("puf", "enrol", "--as", "slot", "--credfile", self.inputs / "noisy.json", "--yes")
        self.begin("rotated", like="device")
        self.holdfast("seal", "--in", self.inputs / "plain", "--out", self.base / "out/sealed")
        self.holdfast("rotate-root", "--yes")
        self.begin("moved", like="bare")
        for name in ("gone", "lost"):
            self.make_signer(name)
            self.holdfast("key", "destroy", name, "--yes")
        self.holdfast("rotate-root", "--yes")
        self.make_signer("late")
        self.begin("put back", like="device")
        self.holdfast("policy", "--rest-days", "3")
        subprocess.run(["rm", "-r", self.base / "state"], check=True)
        subprocess.run(["cp", "-a", self.bases / "device" / "state", self.base / "state"], check=True)

    def make_officers(self, *names):
        """Certificates to which shares are encrypted."""
        self.officers = []
        for name in names:
            subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-days", "100",
                            "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem"], cwd=self.inputs, check=True,
                           capture_output=True)
            self.officers += ["--officer", self.inputs / f"{name}.pem"]

    def make_signer(self, name):
        self.holdfast("key", "create", name, "--alg", "ecdsa-p256")
        self.holdfast("key", "public", name, "--out", self.inputs / f"{name}.pem")

    def make_inputs(self):
        (self.inputs / "plain").write_bytes(os.urandom(1000) * 70)  # two chunks
        (self.inputs / "short").write_bytes(b"a message")
        (self.inputs / "passphrase").write_text("correct horse battery staple\n")
        (self.inputs / "salt").write_bytes(b"0123456789abcdef")
        (self.inputs / "label").write_text("printed at the factory\n")
        attribute = {"attribute_name": "label", "attribute_value": {"type": "file", "path": str(self.inputs / "label")}}
        self.write_credentials("credentials.json", attribute)
        (self.inputs / "cells").write_bytes(os.urandom(4096))
        source = {"attribute_name": "sram", "attribute_value": {"type": "puf", "path": str(self.inputs / "cells")}}
        self.write_credentials("noisy.json", attribute, source)
        for path in self.inputs.iterdir():
            path.chmod(0o600)
        self.openssl("genpkey", "-algorithm", "ED25519", "-out", "import.pem")

    def write_credentials(self, name, *attributes):
        (self.inputs / name).write_text(json.dumps({"attributes": attributes}))

    def make_device(self):
        self.begin("device", like="bare")
        for words in ("sig --alg ecdsa-p256", "rnd --alg ed25519 --origin random", "ver --alg ml-dsa-44",
                      "inbox --alg x25519-ml-kem-768", "data --alg aes-256"):
            self.holdfast("key", "create", *words.split())
        self.holdfast("key", "rotate", "ver")
        for name in ("sig", "rnd", "inbox"):
            self.holdfast("key", "public", name, "--out", self.inputs / f"{name}.pem")
        self.holdfast("key", "public", "ver@1", "--out", self.inputs / "ver.pem")
        self.holdfast("key", "selfsign", "sig", "--subject", "CN=gate", "--days", "90", "--out", self.inputs / "sig.crt")
        self.holdfast("key", "selfsign", "rnd", "--subject", "CN=gate", "--days", "90", "--out", self.inputs / "rnd.crt")
        self.holdfast("key", "certificate", "rnd", "--in", self.inputs / "rnd.crt")
        self.holdfast("seal", "--in", self.inputs / "plain", "--out", self.inputs / "before.sealed")
        self.holdfast("encrypt", "--to", self.inputs / "inbox.pem", "--in", self.inputs / "plain",
                      "--out", self.inputs / "before.encrypted")
        self.holdfast("encrypt", "--key", "data", "--in", self.inputs / "short", "--out", self.inputs / "before.data")
