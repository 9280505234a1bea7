"""The doctor: what needs attention, and that nothing else is said to."""

import os
import resource
import shutil
from pathlib import Path

from authority import Authority
from support import BOARD, DONE, SERVER, HoldfastTest, main

NEEDS_ATTENTION = 10
CHECKS = {"state folder", "assurance", "events", "anchor", "margin", "profile", "keys", "leftovers", "memory",
          "origin", "recovery code", "generation"}
NOBODY = 65534


class DoctorTest(HoldfastTest):
    def doctor(self, *args, **options):
        """The findings by what was checked. The status follows from them."""
        outcome = self.holdfast("--json", *args, "doctor", status=None, **options)
        self.assertEqual(sorted(outcome.json), ["checks"])
        found = {}
        for check in outcome.json["checks"]:
            self.assertEqual(sorted(check), ["check", "detail", "finding"])
            self.assertIn(check["finding"], ("good", "advice", "attention", "not tried"))
            self.assertTrue(check["detail"])
            found.setdefault(check["check"], []).append((check["finding"], check["detail"]))
        # What was not tried is not known to be healthy.
        bad = any(finding not in ("good", "advice") for findings in found.values() for finding, _ in findings)
        self.assertEqual(outcome.status, NEEDS_ATTENTION if bad else DONE)
        self.assertEqual(outcome.err, b"")
        # Whether memory may be locked is a matter of the account that runs the tests.
        self.attention = {check for check, findings in found.items() if check != "memory" and any(f == "attention" for f, _ in findings)}
        return found

    usual = set()

    def finds(self, check, *parts, **options):
        """Exactly this needs attention, and the words say why."""
        details = [detail for finding, detail in self.doctor(**options)[check] if finding == "attention"]
        self.assertTrue(any(all(part in detail for part in parts) for detail in details), details)
        self.assertEqual(self.attention, {check} | self.usual)
        text = self.holdfast("doctor", status=NEEDS_ATTENTION, **options).text
        self.assertRegex(text, rf"(?m)^{check} +attention ")


class Assurance(DoctorTest):
    def test_healthy(self):
        self.machine(SERVER)
        self.secret("passphrase", "elf Boote am Kai")
        self.init_with_recovery("machine", "--passphrase-file", "passphrase")
        found = self.doctor("--unlock-passphrase-file", "passphrase")
        self.assertEqual((CHECKS - set(found), self.attention), (set(), set()))
        self.assertEqual(found["anchor"], [("good", "opens here")])
        # Without the passphrase nothing is wrong, and nothing is known.
        found = self.doctor()
        self.assertEqual((found["anchor"][0][0], self.attention), ("not tried", set()))
        self.assertIn("--unlock-passphrase-file", found["anchor"][0][1])
        self.secret("wrong", "zehn Boote am Kai")
        self.doctor("--unlock-passphrase-file", "wrong")
        self.assertEqual(self.attention, {"anchor"})

    def test_the_cheapest_anchor_has_three_weaknesses(self):
        self.init()
        found = self.doctor()
        # This board's system has not been through its first boot either.
        self.assertEqual(self.attention, {"margin", "origin"})
        said = " ".join(detail for _, detail in found["assurance"])
        for part in ("any local account", "no recovery code"):
            self.assertIn(part, said)
        self.assertIn("the next change locks this device out", found["margin"][0][1])

    def test_no_anchor(self):
        for folder in ("absent", "empty"):
            if folder == "empty":
                (self.folder / "empty").mkdir(mode=0o700)
            with self.subTest(folder):
                found = self.doctor("--dir", folder)
                self.assertEqual(self.attention, {"state folder"})
                for part in (folder, "holdfast init", "--dir"):
                    self.assertIn(part, found["state folder"][0][1])
                self.assertEqual(set(found), {"state folder", "memory"})


class Findings(DoctorTest):
    def setUp(self):
        super().setUp()
        self.server = self.machine(SERVER)
        self.init_with_recovery("machine")
        for name in ("a", "b"):
            self.holdfast("key", "create", name, "--alg", "ecdsa-p256")

    def keep(self, key, *options):
        """A certificate that openssl issues for a key, kept beside it."""
        self.holdfast("key", "csr", key, "--subject", "CN=a", "--out", "csr.pem")
        self.openssl("req", "-x509", "-newkey", "ed25519", "-nodes", "-keyout", "ca.key", "-subj", "/CN=CA", "-out", "ca.pem")
        self.openssl("x509", "-req", "-in", "csr.pem", "-CA", "ca.pem", "-CAkey", "ca.key", *options, "-out", "leaf.pem")
        self.holdfast("key", "certificate", key, "--in", "leaf.pem")

    def test_nothing(self):
        found = self.doctor()
        self.assertEqual((CHECKS - set(found), self.attention), (set(), self.usual))
        self.assertRegex(found["keys"][0][1], r"all whole.*2|2.*all whole")
        self.assertRegex(found["margin"][0][1], r"\b2\b")
        self.assertEqual(found["profile"][0][1].split(":")[0], "default-2026")

    def test_a_changed_attribute(self):
        (self.server / "sys/class/net/ens3f0/address").write_text("3c:ec:ef:12:34:56\n")
        self.finds("attributes", "net/0000:3b:00.0/mac changed")
        self.assertRegex(self.doctor()["margin"][0][1], r"\b1\b")

    def test_another_machine(self):
        self.server.rename(self.folder / "scrapped")
        self.machine(BOARD)
        self.finds("anchor", "do not open this anchor")
        (self.folder / "machine").rename(self.folder / "away")
        self.finds("anchor", "is not there")

    def test_damaged_keys(self):
        path = self.state / "keys" / "a@1.key"
        good = path.read_bytes()
        for content in (good[:-5], good + b"x", b"", b"\0" * 400):
            path.write_bytes(content)
            self.finds("keys", "a@1.key")
        path.write_bytes(good)
        (self.state / "keys" / "strange@x.key").write_bytes(good)
        self.finds("keys", "strange@x.key")

    def test_the_event_log(self):
        log = self.state / "events"
        good = log.read_bytes()
        for content, says in ((good.replace(b"anchor-created", b"anchor-rotated"), "event log"), (b"", "missing"), (good[:-1], "event log")):
            log.write_bytes(content)
            self.finds("events", says)
        log.unlink()
        self.finds("events", "missing")

    def test_certificates(self):
        self.keep("b", "-days", "300")
        for options, says in ((("-days", "20"), "ends on"),
                              (("-not_before", "20200101000000Z", "-not_after", "20210101000000Z"), "ended on 2021-01-01")):
            with self.subTest(says):
                self.keep("a", *options)
                self.finds("certificate of a@1", says, "renew")
                self.assertEqual(self.doctor()["certificate of b@1"][0][0], "good")
        self.keep("a", "-days", "40")
        self.doctor()
        self.assertEqual(self.attention, self.usual)

    def test_certificates_that_were_exchanged(self):
        self.keep("a", "-days", "300")
        self.keep("b", "-days", "300")
        kept = self.state / "keys" / "a@1.crt"
        kept.write_bytes((self.state / "keys" / "b@1.crt").read_bytes())
        self.finds("certificate of a@1", "issued for this key")
        kept.write_bytes(b"garbage")
        self.finds("certificate of a@1", "no certificate")

    def test_certificates_of_keys_out_of_use_do_not_matter(self):
        self.keep("a", "-days", "20")
        self.holdfast("key", "disable", "a")
        self.doctor()
        self.assertEqual(self.attention, self.usual)

    def test_a_successor_without_a_certificate(self):
        self.keep("a", "-days", "300")
        self.holdfast("key", "rotate", "b")
        self.doctor()
        self.assertEqual(self.attention, self.usual)
        self.holdfast("key", "rotate", "a")
        self.finds("certificate of a@2", "'a@1' had one", "holdfast key csr a")
        self.holdfast("key", "rotate", "a")
        self.finds("certificate of a@3", "'a@1' had one")
        self.keep("a", "-days", "300")
        self.doctor()
        self.assertEqual(self.attention, self.usual)
        self.holdfast("key", "rotate", "a")
        self.holdfast("key", "disable", "a@4")
        self.doctor()
        self.assertEqual(self.attention, self.usual)

    def test_leftovers(self):
        left = self.state / "keys" / ".a@2.key.0123456789abcdef.tmp"
        left.write_bytes(b"half of a key")
        self.finds("leftovers", left.name)

    def test_the_anchor_of_before_is_left(self):
        shutil.copy(self.state / "anchor", self.state / "anchor.previous")
        self.finds("leftovers", "anchor.previous")
        self.holdfast("policy", "--rest-days", "3")
        self.doctor()
        self.assertEqual(self.attention, self.usual)

    def test_generations_are_remembered(self):
        finding, detail = self.doctor()["generation"][0]
        self.assertEqual((finding, detail), ("good", f"1, remembered in {self.env['HOLDFAST_MARKS']}"))
        self.write("file", "no folder")
        finding, detail = self.doctor(env={"HOLDFAST_MARKS": str(self.folder / "file" / "marks")})["generation"][0]
        self.assertEqual(finding, "advice")
        self.assertIn("Not a directory", detail)

    def test_an_open_folder(self):
        self.state.chmod(0o755)
        self.doctor()
        self.assertEqual(self.attention, {"state folder"})
        self.assertIn("chmod 700", self.holdfast("doctor", status=NEEDS_ATTENTION).text)

    def test_the_recovery_code_was_never_tested(self):
        finding, detail = self.doctor()["recovery code"][0]
        self.assertEqual(finding, "advice")
        for part in ("never tested", "holdfast recovery test"):
            self.assertIn(part, detail)
        # Without a code there is nothing to test.
        self.init(SERVER, "--dir", "second")
        self.assertNotIn("recovery code", self.doctor("--dir", "second"))

    def test_the_recovery_code_was_tested(self):
        values = self.holdfast("--json", "fingerprint", "--show-values", "--sysroot", self.server).out
        authority = Authority(self.state, values)
        for time, expected, words in (("2020-01-02T03:04:05Z", "advice", "more than a year ago"), ("2999-01-02T03:04:05Z", "good", "")):
            authority.append("recovery-code-tested", time=time)
            authority.commit()
            finding, detail = self.doctor()["recovery code"][0]
            self.assertEqual(finding, expected)
            for part in (time, words):
                self.assertIn(part, detail)
        authority.append("recovery-code-issued")
        authority.commit()
        self.assertIn("never tested", self.doctor()["recovery code"][0][1])

    def test_what_the_folder_lies_on(self):
        self.assertNotIn("file system", self.doctor())
        table = self.server / "proc/self/mountinfo"
        table.parent.mkdir()
        for kind, words in (("tmpfs", "after the next boot"), ("nfs4", "another machine keeps it"), ("9p", "another machine keeps it")):
            table.write_text(f"21 1 0:20 / / rw - {kind} somewhere rw\n")
            self.finds("file system", kind, words)
        for kind, options, words in (("ext4", "rw", "ext4"), ("ext4", "ro,relatime", "read-only"), ("overlay", "rw", "volume"), ("strange", "rw", "nothing")):
            table.write_text(f"21 1 0:20 / / {options} - {kind} somewhere rw\n")
            found = self.doctor()
            self.assertEqual((found["file system"][0][0], self.attention), ("good", self.usual))
            self.assertIn(words, found["file system"][0][1])

    def as_an_ordinary_account(self):
        """What a command is to be started with, so that permissions and limits mean something to it."""
        if os.geteuid() != 0:
            return {}
        self.folder.chmod(0o755)
        for path in (self.state, *self.state.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        return {"user": NOBODY, "group": NOBODY, "extra_groups": []}

    def test_attributes_that_this_account_may_not_read(self):
        account = self.as_an_ordinary_account()
        self.doctor(**account)
        self.assertEqual(self.attention, self.usual)
        (self.server / "sys/class/dmi/id/product_uuid").chmod(0o400 if account else 0)
        # What is left opens it, and drift is not what it is called.
        self.finds("permissions", "dmi/product_uuid cannot be used: needs root", "run as root", **account)
        self.assertRegex(self.doctor(**account)["margin"][0][1], r"\b1\b")

    def test_memory_that_cannot_be_locked(self):
        account = self.as_an_ordinary_account()
        for limit in (0, 20 * 1024):
            with self.subTest(limit):
                def limited(limit=limit):
                    resource.setrlimit(resource.RLIMIT_MEMLOCK, (limit, limit))

                found = self.doctor(preexec_fn=limited, **account)
                # A sanitizer answers every mlock with success, and asks the system for nothing.
                program = Path(os.environ["HOLDFAST_BIN"]).read_bytes()
                sanitized = b"__asan_init" in program or b"__tsan_init" in program
                self.assertEqual(found["memory"][0][0], "good" if sanitized else "attention")
                if sanitized:
                    continue
                for part in ("would not lock", "may reach swap", f"the limit is {limit // 1024} KiB", "ulimit -l", "LimitMEMLOCK="):
                    self.assertIn(part, found["memory"][0][1])
        self.assertEqual(self.doctor(**account)["anchor"][0][0], "good")

    def test_a_damaged_anchor(self):
        anchor = self.state / "anchor"
        anchor.write_bytes(anchor.read_bytes()[:-3])
        self.finds("anchor", "backup")

    def test_a_profile_that_is_not_there(self):
        self.env["HOLDFAST_PROFILES"] = str(self.folder)
        self.env["HOLDFAST_DIR"] = str(self.folder / "other")
        site = self.write("site.toml", "\n".join((
            'name = "site"', 'description = "Ours"', 'module = "standard"', "[keys]", "algorithms = []", "origins = []", 'purposes = "single"', "derived-rsa = false",
            "[signatures]", "hashes = []", "rsa-schemes = []", "[sealing]", 'suites = ["aes-256-gcm"]')))
        self.init_with_recovery("machine", "--profile", "site", name="other.txt")
        self.assertEqual(self.doctor()["profile"], [("good", "site: Ours")])
        site.unlink()
        self.finds("profile", "'site'")


if __name__ == "__main__":
    main()
