"""Escrow: officers, each with a certificate and a key of openssl's, who together open an anchor."""

import hashlib
import json
import os
import shutil

from machine import NAMES, NVME, OTHER, MachineTest
from support import (BOARD, DOES_NOT_OPEN, IO, MALFORMED, NOT_FOUND, REFUSED, SERVER, USAGE, WRONG_PASSPHRASE, HoldfastTest,
                     main)
from terminal import Terminal

TEXT = b"sealed before\n"
RSA = ("-newkey", "rsa:2048")
P256 = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


class EscrowTest(MachineTest):
    init_options = ("--no-recovery",)

    def setUp(self):
        super().setUp()
        self.init(self.tree, *self.init_options)
        self.seal(TEXT)
        self.ada, self.bob, self.cyd = self.officer("Ada", *RSA), self.officer("Bob", *P256), self.officer("Cyd", *P256)

    def officer(self, name, *algorithm, days=100, extensions=("keyUsage=critical,keyEncipherment,keyAgreement",), extra=("-nodes",)):
        """A key and a self-signed certificate, as NAME.key and NAME.pem."""
        more = [part for extension in extensions for part in ("-addext", extension)]
        self.openssl("req", "-x509", *algorithm, *extra, "-subj", f"/O=Harbour/CN={name}", "-days", days, *more, "-keyout", f"{name}.key",
                     "-out", f"{name}.pem")
        return name

    def add(self, *officers, threshold=2, out="shares", options=(), **more):
        named = [part for officer in officers or (self.ada, self.bob, self.cyd) for part in ("--officer", f"{officer}.pem")]
        return self.holdfast("--json", "escrow", "add", *named, "--threshold", str(threshold), "--out", out, *options, **more)

    def open_share(self, number, officer, folder="shares"):
        """By our command."""
        out = self.folder / f"{folder}-{officer}.share"
        self.holdfast("escrow", "open-share", f"{folder}/share-{number}.pem", "--key-file", f"{officer}.key", "--out", out)
        self.assertMode(out, 0o600)
        self.keep_value(out.read_text())
        return out

    def keep_value(self, share):
        """The line of a share that no other command may ever print."""
        self.keep_secret(next(line for line in share.splitlines() if line.startswith("value ")).removeprefix("value "))

    def openssl_share(self, number, officer, folder="shares"):
        """By openssl."""
        out = self.folder / f"{folder}-{officer}.openssl"
        self.openssl("cms", "-decrypt", "-inform", "PEM", "-in", f"{folder}/share-{number}.pem", "-inkey", f"{officer}.key", "-out", out)
        self.keep_value(out.read_text())
        return out

    def migrate(self, *shares, **options):
        given = [part for share in shares for part in ("--escrow", share)]
        return self.holdfast("migrate", *given, "--yes", **options)

    def anchor(self):
        return (self.state / "anchor").read_bytes()


class Recovering(EscrowTest):
    def test_two_of_three_open_a_machine_that_changed_wholly(self):
        done = self.add().json
        self.assertEqual((done["rotated_root"], done["epoch"], len(done["files"])), (False, 1, 3))
        self.assertEqual(self.status()["slots"], ["fingerprint", "escrow"])
        self.change(*OTHER)
        self.assertIsNone(self.unseal("sealed", status=DOES_NOT_OPEN))
        # One share opened by us and one by openssl, whichever two they are.
        self.migrate(self.open_share(1, self.ada), self.openssl_share(2, self.bob))
        self.assertEqual(self.unseal("sealed"), TEXT)
        self.restore(*OTHER)
        self.migrate(self.openssl_share(3, self.cyd), self.open_share(2, self.bob))
        self.assertEqual(self.unseal("sealed"), TEXT)

    def test_both_programs_open_the_same(self):
        self.add()
        for number, officer in enumerate((self.ada, self.bob, self.cyd), 1):
            self.assertEqual(self.open_share(number, officer).read_bytes(), self.openssl_share(number, officer).read_bytes())

    def test_all_shares_and_one_on_standard_input(self):
        self.add()
        ada, bob, cyd = self.open_share(1, self.ada), self.open_share(2, self.bob), self.open_share(3, self.cyd)
        self.assertIs(self.holdfast("--json", "escrow", "test", cyd, "-", ada, input=bob.read_bytes()).json["opens"], True)
        self.assertEqual(self.events()[-1], "escrow-tested")
        self.holdfast("escrow", "test", "-", "-", input=ada.read_bytes(), status=USAGE, says="one share only")
        self.holdfast("--unlock-passphrase-fd", "0", "escrow", "test", "-", ada, input=bob.read_bytes(), status=USAGE, says="standard input")

    def test_wrong_shares_are_named(self):
        self.add()
        ada, bob = self.open_share(1, self.ada), self.open_share(2, self.bob)
        before = self.anchor()
        test = ("escrow", "test")
        self.holdfast(*test, ada, status=DOES_NOT_OPEN, says="2 of 3 officers' shares are needed, and 1 was given")
        copy = self.write("copy", ada.read_bytes())
        self.holdfast(*test, ada, copy, status=USAGE, says="copy' are the same share, of CN=Ada,O=Harbour")
        self.holdfast(*test, ada, "shares/share-2.pem", status=MALFORMED, says="open-share")
        self.holdfast(*test, ada, "nosuch", status=NOT_FOUND)
        self.holdfast(*test, ada, self.write("empty", ""), status=MALFORMED, says="empty': this is no opened share")
        self.holdfast(*test, ada, self.write("long", bytes(5000)), status=MALFORMED)
        self.holdfast(*test, ada, self.write("bent", bob.read_text().replace("share 2", "share 3")), status=MALFORMED, says="digest")
        self.holdfast(*test, status=USAGE, says="SHARE")
        self.holdfast("migrate", "--escrow", ada, "--recovery-file", bob, "--yes", status=USAGE)
        self.holdfast("migrate", "--escrow", ada, "--by-policy", status=USAGE)
        self.assertEqual(self.anchor(), before)
        self.holdfast(*test, ada, bob)

    def test_a_share_of_another_anchor(self):
        self.add()
        self.env["HOLDFAST_DIR"] = str(self.folder / "other")
        self.init(BOARD)
        self.add(out="others", options=("--name", "the other one"))
        self.env["HOLDFAST_DIR"] = str(self.state)
        self.holdfast("escrow", "test", self.open_share(1, self.ada), self.open_share(2, self.bob, "others"), status=WRONG_PASSPHRASE,
                      says=["a share of another anchor", "'the other one'"])

    def test_it_survives_what_happens_to_the_root(self):
        self.add()
        self.assertEqual(self.new_root(), 2)
        self.change(NVME)
        self.holdfast("migrate", "--yes", "--quiet")
        self.assertEqual(self.new_root(), 3)
        self.holdfast("epoch", "drop", "2", "--yes")
        self.seal(TEXT, name="later")
        self.change(*OTHER)
        self.migrate(self.open_share(1, self.ada), self.open_share(3, self.cyd))
        for sealed in ("sealed", "later"):
            self.assertEqual(self.unseal(sealed), TEXT)

    def test_several_officers_after_one_option_and_the_usual_folder(self):
        self.holdfast("escrow", "add", "--officer", "Ada.pem", "Bob.pem", "Cyd.pem", "--threshold", "2")
        names = sorted(path.name for path in (self.folder / "escrow-shares").iterdir())
        self.assertEqual(names, ["share-1.pem", "share-2.pem", "share-3.pem"])
        self.holdfast("escrow", "test", *(self.open_share(i + 1, name, "escrow-shares") for i, name in enumerate((self.ada, self.bob))))
        self.holdfast("escrow", "export", status=REFUSED, says="escrow-shares")

    def test_beside_a_recovery_code(self):
        self.holdfast("recovery", "new", "--recovery-out", "code")
        self.keep_secret(self.read("code"))
        self.add()
        self.assertEqual(self.status()["slots"], ["fingerprint", "recovery", "escrow"])
        self.holdfast("recovery", "test", "--recovery-file", "code")
        self.holdfast("escrow", "test", self.open_share(1, self.ada), self.open_share(2, self.bob))
        self.holdfast("recovery", "revoke", "--yes")
        self.assertEqual(self.status()["slots"], ["fingerprint", "escrow"])
        self.holdfast("escrow", "test", "shares-Ada.share", "shares-Bob.share")


class OpeningShares(EscrowTest):
    def setUp(self):
        super().setUp()
        self.add()
        self.open = ("escrow", "open-share", "shares/share-1.pem", "--key-file")

    def test_on_a_machine_without_an_anchor(self):
        self.env["HOLDFAST_DIR"] = str(self.folder / "none")
        out = self.holdfast(*self.open, "Ada.key", says=["share 1 of 3", "secret"])
        self.assertTrue(out.text.startswith("holdfast-escrow-share-v1\nanchor "))
        report = self.holdfast("--json", *self.open, "Ada.key", "--out", "opened").json
        self.assertEqual((report["officer"], report["share"], report["shares"], report["threshold"], report["out"]),
                         ("CN=Ada,O=Harbour", 1, 3, 2, "opened"))
        self.assertEqual(self.read("opened"), out.out)
        self.assertEqual(self.holdfast("escrow", "open-share", "-", "--key-file", "Ada.key", input=self.read("shares/share-1.pem")).out, out.out)

    def test_wrong_keys_and_altered_shares(self):
        for key in ("Bob.key", "Cyd.key"):
            out = self.holdfast(*self.open, key, "--out", "opened", status=WRONG_PASSPHRASE, says="does not open it")
            self.assertEqual(out.out, b"")
        self.holdfast(*self.open, "Ada.pem", status=MALFORMED, says="'Ada.pem'")
        self.holdfast(*self.open, "nosuch", status=NOT_FOUND)
        self.holdfast("escrow", "open-share", "Ada.pem", "--key-file", "Ada.key", status=MALFORMED, says="CMS")
        self.openssl("cms", "-cmsout", "-inform", "PEM", "-in", "shares/share-1.pem", "-outform", "DER", "-out", "share.der")
        self.holdfast("escrow", "open-share", "share.der", "--key-file", "Ada.key", "--out", "from-der")
        der = bytearray(self.read("share.der"))
        der[-30] ^= 1
        self.write("altered", bytes(der))
        self.holdfast("escrow", "open-share", "altered", "--key-file", "Ada.key", status=WRONG_PASSPHRASE, says="altered")
        self.openssl("cms", "-encrypt", "-binary", "-aes-256-gcm", "-in", "Ada.pem", "-outform", "PEM", "-out", "letter", "Ada.pem")
        self.holdfast("escrow", "open-share", "letter", "--key-file", "Ada.key", status=MALFORMED, says="no escrow share")
        self.assertNotIn("opened", self.files())

    def test_a_key_file_with_a_passphrase(self):
        self.secret("words", "the harbour at night\n")
        self.openssl("pkcs8", "-topk8", "-in", "Ada.key", "-out", "locked.key", "-passout", "file:words")
        self.holdfast(*self.open, "locked.key", "--passphrase-file", "words", "--out", "opened")
        self.holdfast(*self.open, "locked.key", status=USAGE, says="--passphrase-file")
        self.write("other", "something else\n")
        self.holdfast(*self.open, "locked.key", "--passphrase-file", "other", status=WRONG_PASSPHRASE)
        terminal = Terminal(self, *self.open, "locked.key", "--out", "asked")
        terminal.expect_prompt(b"Passphrase of the key file: ")
        terminal.type(b"the harbour at night\n")
        terminal.end(0)
        self.assertEqual(self.read("asked"), self.read("opened"))

    def test_another_share_is_never_overwritten(self):
        self.write("opened", "another share")
        self.holdfast(*self.open, "Ada.key", "--out", "opened", status=REFUSED, says="exists already")
        self.assertEqual(self.read("opened"), b"another share")

    def test_a_full_disk(self):
        self.holdfast(*self.open, "Ada.key", "--out", "/dev/full", status=IO, says="No space left")
        with open("/dev/full", "wb") as full:
            self.holdfast(*self.open, "Ada.key", stdout=full, status=IO, says="No space left")


class Making(EscrowTest):
    def refuses(self, *officers, status=REFUSED, says, **options):
        before, events = self.anchor(), self.events()
        self.add(*officers, status=status, says=says, **options)
        self.assertEqual((self.anchor(), self.events()), (before, events))
        self.assertFalse(list(self.folder.glob("shares/*")))

    def test_officers_who_cannot_be(self):
        self.refuses(self.ada, self.ada, says=["'Ada.pem' and 'Ada.pem'", "same key"])
        self.openssl("x509", "-new", "-key", "Ada.key", "-subj", "/CN=Ada again", "-days", "5", "-out", "again.pem")
        self.refuses(self.ada, "again", says="same key")
        self.refuses(self.ada, self.officer("signer", *RSA, extensions=("keyUsage=digitalSignature",)), says=["'signer.pem'", "keyEncipherment"])
        self.refuses(self.ada, self.officer("signer", *P256, extensions=("keyUsage=digitalSignature",)), says=["'signer.pem'", "keyAgreement"])
        self.refuses(self.ada, self.officer("weak", "-newkey", "rsa:1024"), says=["'weak.pem'", "1024"])
        self.refuses(self.ada, self.officer("edward", "-newkey", "ed25519", extensions=()), says=["'edward.pem'", "ed25519"])
        self.openssl("req", "-x509", "-key", "Bob.key", "-subj", "/CN=late", "-not_before", "20200101000000Z", "-not_after", "20210101000000Z",
                     "-out", "late.pem")
        self.refuses(self.ada, "late", says=["'late.pem'", "expired at 2021-01-01T00:00:00Z"])
        self.openssl("req", "-x509", "-key", "Bob.key", "-subj", "/CN=early", "-not_before", "20900101000000Z", "-not_after", "20910101000000Z",
                     "-out", "early.pem")
        self.refuses(self.ada, "early", says=["'early.pem'", "valid from 2090-"])
        self.refuses(self.ada, "nosuch", status=NOT_FOUND, says="nosuch.pem")
        self.write("text.pem", "text")
        self.refuses(self.ada, "text", status=MALFORMED, says=["'text.pem'", "no certificate"])
        shutil.copy(self.folder / "Bob.key", self.folder / "swapped.pem")
        self.refuses(self.ada, "swapped", says=["'swapped.pem'", "private key"])

    def test_post_quantum_certificates_are_refused_with_a_reason(self):
        self.openssl("genpkey", "-quiet", "-algorithm", "ML-KEM-768", "-out", "kem.key")
        self.openssl("pkey", "-in", "kem.key", "-pubout", "-out", "kem.pub")
        self.openssl("x509", "-new", "-subj", "/CN=kem", "-CA", "Ada.pem", "-CAkey", "Ada.key", "-force_pubkey", "kem.pub", "-out", "kem.pem")
        self.refuses(self.ada, "kem", says=["ml-kem-768", "RSA key or a key on a NIST curve"])

    def test_counts(self):
        self.refuses(self.ada, threshold=2, status=USAGE, says="1 is named")
        self.refuses(threshold=4, status=USAGE, says="not 4")
        self.refuses(threshold=1, status=USAGE, says="--threshold")

    def test_names(self):
        self.refuses(options=("--name", "a\tb"), status=USAGE, says="control characters")
        self.refuses(options=("--name", "x" * 65), status=USAGE, says="64 bytes")
        self.add(options=("--name", "harbour gate"))
        self.assertIn("\nName         harbour gate\n", self.read("shares/share-1.pem").decode())
        self.assertEqual(self.status()["escrow"]["name"], "harbour gate")

    def test_profiles_count(self):
        self.env["HOLDFAST_DIR"] = str(self.folder / "cnsa")
        self.init(SERVER, "--profile", "cnsa-2.0")
        self.add(status=REFUSED, says=["'Ada.pem'", "cnsa-2.0"])

    def test_drift_comes_first_where_a_root_is_drawn(self):
        self.add()
        self.change(NVME)
        self.add(out="again", options=("--replace",), status=REFUSED, says=[NAMES[NVME], "holdfast migrate"])
        self.assertEqual(list(self.folder.glob("again/*")), [])

    def test_files_are_never_overwritten(self):
        (self.folder / "shares").mkdir()
        self.write("shares/share-2.pem", "a share of another device")
        before = self.anchor()
        self.add(status=REFUSED, says="share-2.pem' exists already")
        self.assertEqual(self.anchor(), before)
        self.assertEqual(self.read("shares/share-2.pem"), b"a share of another device")
        self.write("file", "")
        self.add(out="file", status=IO, says="file")
        self.add(out="nosuch/shares", status=NOT_FOUND, says="nosuch")

    def test_a_place_that_takes_no_files(self):
        """The shares come first: without them there is no escrow."""
        before = self.anchor()
        self.add(out="/proc/self/task", status=None, says="share-1.pem")
        self.assertEqual(self.anchor(), before)
        self.assertIsNone(self.status()["escrow"])
        self.assertNotIn("escrow-made", self.events())


    def test_a_later_share_that_cannot_be_written(self):
        """The path of the tenth share is one byte too long: the nine before it go, and the anchor stays as it was."""
        longest = 4095 - len("/share-9.pem")
        out = "/".join(["d" * 200] * (longest // 201))
        out += "/" + "e" * (longest - len(out) - 1)
        self.in_folder(lambda: self.make_folders(out))
        officers = [self.officer(f"n{i}", *P256) for i in range(10)]
        before = self.anchor()
        self.add(*officers, out=out, status=IO, says="cannot create")
        self.assertEqual(self.anchor(), before)
        self.assertEqual(self.in_folder(lambda: os.listdir(out)), [])
        self.add(*officers[:9], out=out)
        self.assertEqual(len(self.in_folder(lambda: os.listdir(out))), 9)

    def in_folder(self, work):
        """Below the test's folder by short paths, since the long ones are as long as they may be."""
        before = os.getcwd()
        os.chdir(self.folder)
        try:
            return work()
        finally:
            os.chdir(before)

    @staticmethod
    def make_folders(path):
        parts = path.split("/")
        for count in range(1, len(parts) + 1):
            if not os.path.isdir("/".join(parts[:count])):
                os.mkdir("/".join(parts[:count]))


class Listing(EscrowTest):
    def test_without(self):
        self.holdfast("escrow", "list", status=NOT_FOUND, says="escrow add")
        self.holdfast("escrow", "export", "--out", "out", status=NOT_FOUND)
        self.holdfast("escrow", "remove", "--yes", status=NOT_FOUND, says="no escrow")
        self.holdfast("escrow", "test", self.write("share", "x"), status=NOT_FOUND)
        self.assertIsNone(self.status()["escrow"])

    def test_who_and_when(self):
        self.add()
        listed = self.holdfast("--json", "escrow", "list").json
        self.assertEqual([officer["subject"] for officer in listed["officers"]], ["CN=Ada,O=Harbour", "CN=Bob,O=Harbour", "CN=Cyd,O=Harbour"])
        fingerprint = self.openssl("x509", "-in", "Bob.pem", "-noout", "-fingerprint", "-sha256").decode().strip().split("=")[1]
        self.assertEqual(listed["officers"][1]["fingerprint"], fingerprint.replace(":", "").lower())
        self.assertEqual((listed["threshold"], listed["tested"]), (2, None))
        self.holdfast("escrow", "test", self.open_share(1, self.ada), self.open_share(2, self.bob))
        self.assertRegex(self.holdfast("--json", "escrow", "list").json["tested"], r"^20\d\d-")
        text = self.holdfast("escrow", "list").text
        self.assertIn("any 2 of 3 shares", text)
        self.assertIn("CN=Cyd,O=Harbour", text)
        self.assertIn("Escrow        any 2 of 3 officers", self.holdfast("status").text)
        self.assertNotIn("no recovery code", self.holdfast("status").text)

    def test_shares_that_were_lost(self):
        self.add()
        self.change(*OTHER)  # when they are needed, nothing else opens
        self.holdfast("escrow", "export", "--out", "again")
        for number in (1, 2, 3):
            self.assertEqual(self.read(f"again/share-{number}.pem"), self.read(f"shares/share-{number}.pem"))
        self.holdfast("escrow", "export", "--out", "again", status=REFUSED, says="exists already")

    def test_doctor(self):
        def findings():
            checks = self.holdfast("--json", "doctor", status=None).json["checks"]
            return [check["detail"] for check in checks if check["check"] == "escrow" and check["finding"] == "advice"]

        self.assertEqual(findings(), [])
        self.add(self.ada, self.officer("Dan", *P256, days=5), threshold=2)
        never, = [f for f in findings() if "never tested" in f]
        self.assertIn("holdfast escrow test", never)
        expiring, = [f for f in findings() if "expires at" in f]
        self.assertIn("CN=Dan", expiring)
        self.holdfast("escrow", "test", self.open_share(1, self.ada), self.open_share(2, "Dan"))
        self.assertEqual(findings(), [expiring])


class Replacing(EscrowTest):
    def test_the_old_officers_open_nothing_new(self):
        self.add()
        old = [self.open_share(1, self.ada), self.open_share(2, self.bob)]
        backup = self.folder / "backup"
        shutil.copytree(self.state, backup)
        self.add(status=REFUSED, says="--replace", out="second")
        done = self.add(self.bob, self.cyd, out="second", options=("--replace",)).json
        self.assertEqual((done["rotated_root"], done["epoch"]), (True, 2))
        self.assertEqual(self.events()[-2:], ["root-rotated", "escrow-made"])
        self.seal(TEXT, name="later")
        self.holdfast("escrow", "test", *old, status=WRONG_PASSPHRASE, says="is a share of escrow")
        self.change(*OTHER)
        self.migrate(self.open_share(1, self.bob, "second"), self.open_share(2, self.cyd, "second"))
        for sealed in ("sealed", "later"):
            self.assertEqual(self.unseal(sealed), TEXT)
        # With an old copy they read what was sealed before, and nothing since.
        self.env.update(HOLDFAST_DIR=str(backup), HOLDFAST_MARKS=str(self.folder / "thief"))
        self.migrate(*old)
        self.assertEqual(self.unseal("sealed"), TEXT)
        # The migration drew a root epoch 2 of its own there.
        self.assertIsNone(self.unseal("later", status=MALFORMED, says="altered"))

    def test_doing_without(self):
        self.add()
        self.holdfast("escrow", "remove", status=USAGE, says="--yes")
        terminal = Terminal(self, "escrow", "remove")
        terminal.expect_prompt(b"Remove the escrow? [y/N]: ", echoes=True)
        terminal.type(b"n\n")
        terminal.end(USAGE)
        self.assertEqual(self.holdfast("--json", "escrow", "remove", "--yes").json["epoch"], 2)
        self.assertEqual(self.status()["slots"], ["fingerprint"])
        self.assertEqual(self.events()[-1], "escrow-removed")
        self.assertEqual(self.unseal("sealed"), TEXT)
        self.holdfast("escrow", "test", self.open_share(1, self.ada), status=NOT_FOUND)


class Tampering(EscrowTest):
    def body(self):
        return json.loads(self.anchor().split(b"\n")[1])

    def test_an_altered_slot(self):
        self.add()
        shares = self.open_share(1, self.ada), self.open_share(2, self.bob)
        magic, _, mac, _, _ = self.anchor().split(b"\n")
        body = self.body()
        body["slots"][1]["threshold"] = 3
        text = magic + b"\n" + json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n" + mac + b"\n"
        (self.state / "anchor").write_bytes(text + b"sha256 " + hashlib.sha256(text).hexdigest().encode() + b"\n")
        self.holdfast("escrow", "test", *shares, status=DOES_NOT_OPEN, says="3 of 3")
        self.holdfast("escrow", "test", *shares, self.open_share(3, self.cyd), status=MALFORMED)
        self.assertIsNone(self.unseal("sealed", status=MALFORMED))


class Fips(EscrowTest):
    init_options = ("--no-recovery", "--profile", "fips")

    def test_the_fips_provider_does_it_all(self):
        self.add()
        (slot,) = [s for s in json.loads(self.anchor().split(b"\n")[1])["slots"] if s["type"] == "escrow"]
        self.assertIn("public_p384", slot)
        self.assertEqual(self.new_root(), 2)
        self.change(*OTHER)
        self.migrate(self.open_share(1, self.ada), self.openssl_share(2, self.bob))
        self.assertEqual(self.unseal("sealed"), TEXT)


class Stateless(HoldfastTest):
    def test_there_is_no_anchor_to_open(self):
        self.holdfast("init", "--stateless", "--sysroot", SERVER, "--require", "dmi/product_uuid", "--require", "processor/serial",
                      "--require", "disk/0000:5e:00.0-nvme/eui")
        self.openssl("req", "-x509", *P256, "-nodes", "-subj", "/CN=Ada", "-keyout", "Ada.key", "-out", "Ada.pem")
        share = self.write("share", "x")
        for args in (("list",), ("export", "--out", "o"), ("test", share), ("remove", "--yes"),
                     ("add", "--officer", "Ada.pem", "--officer", "Ada.pem", "--threshold", "2", "--out", "o")):
            self.holdfast("escrow", *args, status=REFUSED, says="stateless device")


if __name__ == "__main__":
    main()
