"""Devices that store nothing: the same machine gives the same keys, another one gives none, and openssl believes them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from support import (BOARD, CONTAINER, DOES_NOT_OPEN, INVALID, MALFORMED, NOT_FOUND, REFUSED, SERVER, USAGE,
                     HoldfastTest, main)

REFERENCE = Path(__file__).resolve().parent.parent / "vectors" / "stateless" / "reference.py"
SALT = b"gate 7, serial 0001f3a9"
NOBODY = 65534


class StatelessTest(HoldfastTest):
    def configure(self, *args, sysroot=None, salt=SALT, **options):
        """Configures a copy of the board as a stateless device; returns what was printed."""
        if sysroot is None:
            sysroot = self.folder / "machine"
            if not sysroot.exists():
                self.machine(BOARD)
        given = ("--device-salt-file", self.write("salt", salt)) if salt else ()
        return self.holdfast("init", "--stateless", "--sysroot", sysroot, *given, *args, **options)

    def public(self, key, **options):
        return self.holdfast("key", "public", key, **options).out

    def change(self, machine="machine"):
        """Another serial number of the processor."""
        (self.folder / machine / "sys/devices/soc0/serial_number").write_text("7B20AF51C9E4D386\n")


class SameMachine(StatelessTest):
    def test_twice_the_same_to_the_byte(self):
        first = self.configure().text
        file = (self.state / "stateless").read_bytes()
        self.assertMode(self.state / "stateless", 0o600)
        public = self.public("ml-dsa-65.device")
        sealed = self.seal(b"kept\n")
        shutil.rmtree(self.state)
        self.assertEqual(self.configure().text, first)
        self.assertEqual((self.state / "stateless").read_bytes(), file)
        self.assertEqual(self.public("ml-dsa-65.device"), public)
        self.assertEqual(self.unseal(sealed), b"kept\n")
        self.assertEqual({p.name for p in self.state.iterdir()} - {"lock"}, {"stateless"})

    def test_a_copy_of_the_tree_is_the_same_machine(self):
        self.configure()
        public = self.public("ecdsa-p256.device")
        elsewhere = self.machine(BOARD, "copy")
        shutil.rmtree(self.state)
        self.configure(sysroot=elsewhere)
        self.assertEqual(self.public("ecdsa-p256.device"), public)

    def test_another_implementation_derives_the_same(self):
        self.configure()
        status = self.holdfast("--json", "status").json
        listed = self.holdfast("--json", "fingerprint", "--show-values", "--sysroot", self.folder / "machine").out
        shown = subprocess.run([sys.executable, "-B", REFERENCE, "--open", self.state / "stateless", "--attributes",
                                self.write("attributes", listed), "--key", "ed25519.device"], capture_output=True, check=True)
        shown = json.loads(shown.stdout)
        self.assertEqual(shown["anchor"], status["anchor"])
        self.assertEqual(shown["check"], status["stateless"]["check"])
        self.assertEqual(shown["public_sha256"], self.holdfast("--json", "key", "show", "ed25519.device").json["public_sha256"])

    def test_profile_and_salt_make_other_keys(self):
        publics, anchors = set(), set()
        for args, salt in (((), SALT), ((), SALT + b"!"), ((), None), (("--profile", "legacy"), SALT)):
            shutil.rmtree(self.state, ignore_errors=True)
            anchors.add(json.loads(self.configure("--json", *args, salt=salt).out)["anchor"])
            publics.add(self.public("ed25519.device"))
        self.assertEqual((len(publics), len(anchors)), (4, 4))


class OtherMachine(StatelessTest):
    def test_a_changed_attribute_gives_nothing(self):
        self.configure()
        sealed = self.seal(b"kept\n")
        message = self.write("message", "words")
        self.change()
        self.refuses_to_unseal(sealed, status=DOES_NOT_OPEN, says="at least one of these changed")
        for args in (("sign", "--key", "ed25519.device", "--in", message, "--out", "signature"),
                     ("key", "public", "ed25519.device", "--out", "public"), ("seal", "--in", message, "--out", "sealed-2"),
                     ("derive", "--ephemeral", "x25519", "--peer", message, "--out", "shared")):
            self.assertEqual(self.holdfast(*args, status=None).out, b"")
        for name in ("signature", "public", "sealed-2", "shared"):
            self.assertFalse((self.folder / name).exists(), name)
        self.assertIs(self.holdfast("--json", "status", status=DOES_NOT_OPEN).json["opens"], False)
        self.assertEqual(self.holdfast("--json", "key", "public", "ed25519.device", status=DOES_NOT_OPEN).error["code"], "does_not_open")

    def test_an_attribute_that_is_gone_is_named(self):
        self.configure()
        shutil.rmtree(self.folder / "machine")
        self.machine(SERVER)
        self.holdfast("key", "public", "ed25519.device", status=DOES_NOT_OPEN, says="not found on this machine")

    def test_a_file_of_another_device_is_told_apart_even_without_salts(self):
        self.configure(salt=None)
        sealed = self.seal(b"kept\n")
        shutil.rmtree(self.state)
        self.change()
        self.configure(salt=None)
        self.refuses_to_unseal(sealed, status=DOES_NOT_OPEN, says="sealed by stateless device")


class ForeignPrograms(StatelessTest):
    def test_openssl_verifies(self):
        self.configure()
        message = self.write("message", "words")
        for algorithm, raw in (("ed25519", True), ("ecdsa-p384", False), ("ml-dsa-44", True), ("rsa-2048", False)):
            with self.subTest(algorithm):
                key = algorithm + ".device"
                self.holdfast("sign", "--key", key, "--in", message, "--out", "signature")
                self.holdfast("key", "public", key, "--out", "public.pem")
                digest = () if raw else ("-digest", "sha384" if algorithm == "ecdsa-p384" else "sha256")
                self.openssl("pkeyutl", "-verify", "-pubin", "-inkey", "public.pem", "-rawin", *digest, "-in", message, "-sigfile", "signature")
                self.write("other", "other words")
                self.holdfast("verify", "--public", "public.pem", "--in", "other", "--signature", "signature", status=INVALID)

    def test_agreement_and_requests(self):
        self.configure()
        self.openssl("genpkey", "-algorithm", "X25519", "-out", "peer.key")
        self.openssl("pkey", "-in", "peer.key", "-pubout", "-out", "peer.pem")
        self.holdfast("derive", "--key", "x25519.link", "--peer", "peer.pem", "--out", "ours")
        self.holdfast("key", "public", "x25519.link", "--out", "ours.pem")
        self.openssl("pkeyutl", "-derive", "-inkey", "peer.key", "-peerkey", "ours.pem", "-out", "theirs")
        self.assertEqual((self.folder / "ours").read_bytes(), (self.folder / "theirs").read_bytes())
        self.holdfast("key", "csr", "ecdsa-p256.tls", "--subject", "CN=gate7.example.org", "--out", "tls.csr")
        self.openssl("req", "-in", "tls.csr", "-noout", "-verify")

    def test_files_from_outside(self):
        self.configure()
        self.holdfast("key", "public", "x25519-ml-kem-768.inbox", "--out", "inbox.pem")
        sent = self.folder / "sent"
        self.holdfast("encrypt", "--to", "inbox.pem", "--out", sent, input=b"news")
        self.refuses_to_unseal(sent, "--from-outside", status=USAGE, says="--key x25519-ml-kem-768.inbox")
        self.refuses_to_unseal(sent, "--from-outside", "--key", "x25519-ml-kem-768.other", status=DOES_NOT_OPEN)
        self.refuses_to_unseal(sent, "--key", "x25519-ml-kem-768.inbox", status=USAGE, says="--from-outside")
        self.assertEqual(self.unseal(sent, "--from-outside", "--key", "x25519-ml-kem-768.inbox"), b"news")


class Setup(StatelessTest):
    def test_says_what_it_is_worth(self):
        made = self.configure("--json").json
        self.assertEqual(made["warnings"], [w for w in made["warnings"] if "fleet" not in w])
        self.assertEqual(len(made["stateless"]["check"]), 64)
        status = self.holdfast("--json", "status").json
        self.assertEqual((status["epoch"], status["slots"], status["opens"]), (0, ["stateless"], True))
        self.assertEqual(status["tier"], made["tier"])
        for command in ("status", "events", "doctor"):
            self.assertIn("tateless", self.holdfast(command, status=None).text)
        self.assertEqual(self.holdfast("--json", "events").json, {"events": [], "stateless": True})
        shutil.rmtree(self.state)
        self.assertIn("attacks a whole fleet", self.configure(salt=None).text)

    def test_too_little_is_refused(self):
        self.configure("--profile", "fips", status=REFUSED, says=["'fips'", "make an anchor instead"])
        self.configure(sysroot=CONTAINER, salt=None, status=REFUSED, says=["hold 0 bits, 64 fewer than the 64", "--accept-low-entropy"])
        self.assertFalse(self.state.exists())
        made = self.configure("--accept-low-entropy", sysroot=CONTAINER, salt=None)
        self.assertIn("less entropy than the floor", made.text)
        status = self.holdfast("--json", "status").json
        self.assertEqual((status["low_entropy_accepted"], status["tier"]), (True, "declared"))

    def test_named_attributes_alone(self):
        made = self.configure("--json", "--require", "processor/serial", "--require", "dmi/product_uuid", sysroot=SERVER).json
        self.assertEqual([a["name"] for a in made["stateless"]["attributes"]], ["processor/serial", "dmi/product_uuid"])

    def test_what_makes_no_sense(self):
        for args, says in ((("--quorum", "2"), "--quorum"), (("--passphrase-file", "x"), "--passphrase-file"),
                           (("--recovery-out", "x"), "--recovery-out")):
            self.configure(*args, status=USAGE, says=says)
        self.configure(salt=b"short", status=USAGE, says="8 to 1024 bytes")
        self.configure("--device-salt-file", self.write("empty", b""), salt=None, status=USAGE, says="is empty")
        self.configure("--require", "no-such", status=NOT_FOUND, says="no-such")
        self.holdfast("init", "--sysroot", BOARD, "--no-recovery", "--device-salt-file", "salt", status=USAGE, says="--stateless")
        self.assertFalse(self.state.exists())
        self.configure("--no-recovery")

    def test_what_needs_storage_is_refused(self):
        self.configure()
        self.openssl("genpkey", "-algorithm", "ED25519", "-out", "key.pem")
        for args, says in ((("key", "create", "device", "--alg", "ed25519"), "ed25519.device, and need no making"),
                           (("key", "import", "device", "--in", "key.pem"), "'holdfast init'"),
                           (("key", "rotate", "ed25519.device"), "new name"),
                           (("key", "disable", "ed25519.device"), "disabled or destroyed"),
                           (("key", "destroy", "ed25519.device", "--yes"), "disabled or destroyed"),
                           (("key", "certificate", "ed25519.device"), "certificates")):
            self.holdfast(*args, status=REFUSED, says=["stateless", says])
        self.holdfast("key", "show", "device", status=NOT_FOUND, says="ALGORITHM.NAME")
        self.holdfast("sign", "--key", "x25519.device", status=REFUSED, says="must not be used to")
        self.assertIn("ALGORITHM.NAME", self.holdfast("key", "list").text)
        self.holdfast("unseal", "--recovery-file", "key.pem", status=NOT_FOUND, says="no recovery code")


class Folder(StatelessTest):
    def test_never_by_accident(self):
        for command in (("status",), ("key", "list"), ("seal",)):
            self.holdfast(*command, status=NOT_FOUND, says="no anchor")
        self.assertFalse(self.state.exists())

    def test_both_is_an_error(self):
        self.configure()
        configuration = (self.state / "stateless").read_bytes()
        self.holdfast("init", "--sysroot", BOARD, "--no-recovery", status=REFUSED, says="stateless configuration already")
        self.configure(status=REFUSED, says="stateless configuration already")
        shutil.rmtree(self.state)
        self.init(BOARD)
        self.configure(status=REFUSED, says="holds an anchor already")
        self.write("state/stateless", configuration)
        for command in (("status",), ("key", "list"), ("seal",), ("events",)):
            self.holdfast(*command, status=REFUSED, says="move the file 'anchor' or the file 'stateless'")
        (self.state / "stateless").unlink()
        self.holdfast("status")

    def test_damage(self):
        self.configure()
        file = self.state / "stateless"
        whole = file.read_bytes()
        for damaged in (whole[:-1], whole[:100], b"", whole.replace(b'"passes":3', b'"passes":2'), whole + b"\n"):
            file.write_bytes(damaged)
            self.holdfast("key", "public", "ed25519.device", status=MALFORMED, says="stateless configuration")
            self.assertIn("stateless configuration", self.holdfast("doctor", status=10).text)
        file.write_bytes(whole)
        file.chmod(0o644)
        self.holdfast("status", status=REFUSED, says="chmod 600")

    def test_everything_works_where_nothing_can_be_written(self):
        self.configure()
        sealed = self.seal(b"kept\n").read_bytes()
        public = self.public("ed25519.device")
        options = {}
        if os.geteuid() == 0:
            # Permissions mean nothing to root.
            for path in (self.folder, self.folder / "machine"):
                path.chmod(0o755)
            for path in (self.state, self.state / "stateless"):
                os.chown(path, NOBODY, NOBODY)
            options = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        (self.state / "stateless").chmod(0o400)
        self.state.chmod(0o500)
        self.addCleanup(self.state.chmod, 0o700)
        with self.assertRaises((PermissionError, subprocess.CalledProcessError)):
            subprocess.run(["touch", self.state / "x"], check=True, stderr=subprocess.DEVNULL, **options)
        self.assertEqual(self.public("ed25519.device", **options), public)
        self.assertEqual(self.holdfast("unseal", input=sealed, **options).out, b"kept\n")
        again = self.holdfast("seal", input=b"new", **options).out
        self.assertEqual(self.holdfast("unseal", input=again, **options).out, b"new")
        signature = self.holdfast("sign", "--key", "ed25519.device", input=b"words", **options).out
        self.assertEqual(len(signature), 64)
        self.assertIs(self.holdfast("--json", "status", **options).json["opens"], True)
        self.holdfast("doctor", status=None, **options)
        self.assertEqual({p.name for p in self.state.iterdir()} - {"lock"}, {"stateless"})

    def test_an_anchor_in_a_read_only_folder_stays_an_anchor(self):
        self.init(BOARD)
        sealed = self.seal(b"kept\n").read_bytes()
        options = {}
        if os.geteuid() == 0:
            self.folder.chmod(0o755)
            for path in (self.state, *self.state.iterdir()):
                os.chown(path, NOBODY, NOBODY)
            options = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self.state.chmod(0o500)
        self.addCleanup(self.state.chmod, 0o700)
        self.assertEqual(self.holdfast("unseal", input=sealed, **options).out, b"kept\n")
        self.holdfast("key", "create", "device", "--alg", "ed25519", status=8, says="keys", **options)
        self.assertIsNone(self.holdfast("--json", "status", **options).json["stateless"])


if __name__ == "__main__":
    main()
