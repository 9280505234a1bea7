"""The recovery code after the anchor was made: trying it, a new one, and doing without."""

import shutil

from machine import OTHER, MachineTest
from support import NOT_FOUND, REFUSED, SERVER, USAGE, WRONG_PASSPHRASE, HoldfastTest, main
from terminal import Terminal

TEXT = b"sealed before\n"
PROMPT = b"Recovery code of this device's anchor: "


class RecoveryTest(MachineTest):
    def setUp(self):
        super().setUp()
        self.code = self.init_with_recovery(self.tree)
        self.seal(TEXT)

    def renew(self, name="new.txt", **options):
        out = self.holdfast("--json", "recovery", "new", "--recovery-out", name, **options).json
        self.keep_secret((self.folder / name).read_bytes())
        return self.folder / name, out

    def opens_with(self, code, sealed="sealed", **options):
        return self.unseal(sealed, "--recovery-file", code, **options)


class Testing(RecoveryTest):
    def test_the_right_code(self):
        self.assertIs(self.holdfast("--json", "recovery", "test", "--recovery-file", self.code).json["opens"], True)
        self.assertEqual(self.events()[-1], "recovery-code-tested")
        self.assertIn("opens this anchor", self.holdfast("recovery", "test", "--recovery-file", self.code).text)
        self.assertEqual(self.status()["epoch"], 1)

    def test_as_people_type_it(self):
        self.write("typed", self.code.read_text().lower().replace("-", " "))
        self.holdfast("recovery", "test", "--recovery-file", "typed")

    def test_it_needs_nothing_of_the_machine(self):
        self.change(*OTHER)
        self.holdfast("recovery", "test", "--recovery-file", self.code)

    def test_wrong_codes(self):
        self.env["HOLDFAST_DIR"] = str(self.folder / "other")
        other = self.init_with_recovery(SERVER, name="other.txt")
        self.env["HOLDFAST_DIR"] = str(self.state)
        before = (self.state / "anchor").read_bytes()
        self.holdfast("recovery", "test", "--recovery-file", other, status=WRONG_PASSPHRASE)
        self.holdfast("recovery", "test", "--recovery-file", self.write("typo", "23456-" * 7 + "23456"), status=WRONG_PASSPHRASE, says="checksum")
        self.holdfast("recovery", "test", "--recovery-file", self.write("empty", ""), status=WRONG_PASSPHRASE)
        self.holdfast("recovery", "test", "--recovery-file", "nosuch", status=NOT_FOUND)
        self.assertEqual((self.state / "anchor").read_bytes(), before)
        # However often: nobody is locked out.
        self.holdfast("recovery", "test", "--recovery-file", self.code)

    def test_asked_for_at_a_terminal(self):
        self.holdfast("recovery", "test", status=USAGE, says=["no terminal", "--recovery-file"])
        terminal = Terminal(self, "recovery", "test")
        terminal.expect_prompt(PROMPT)
        terminal.type(self.code.read_bytes())
        self.assertIn("opens this anchor", terminal.end(0))
        terminal = Terminal(self, "recovery", "test")
        terminal.expect_prompt(PROMPT)
        terminal.type(b"11111-" * 7 + b"11111\n")
        self.assertIn("a moment, please", terminal.end(WRONG_PASSPHRASE))


class Renewing(RecoveryTest):
    def test_the_old_code_opens_nothing_new(self):
        backup = self.folder / "backup"
        shutil.copytree(self.state, backup)
        new, done = self.renew()
        self.assertEqual((done["rotated_root"], done["epoch"], done["recovery_file"]), (True, 2, "new.txt"))
        self.assertMode(new, 0o600)
        self.seal(TEXT, name="later")
        self.assertEqual(self.events()[-2:], ["root-rotated", "recovery-code-issued"])
        self.change(*OTHER)
        for sealed in ("sealed", "later"):
            self.assertIsNone(self.opens_with(self.code, sealed, status=WRONG_PASSPHRASE))
            self.assertEqual(self.opens_with(new, sealed), TEXT)
        # Whoever kept the old code and an old copy reads what was sealed before, and nothing since.
        self.env.update(HOLDFAST_DIR=str(backup), HOLDFAST_MARKS=str(self.folder / "thief"))
        self.assertEqual(self.opens_with(self.code), TEXT)
        self.assertIsNone(self.opens_with(self.code, "later", status=3, says="root epoch 2"))

    def test_the_first_code_rotates_nothing(self):
        self.env["HOLDFAST_DIR"] = str(self.folder / "none")
        self.init(self.tree)
        self.seal(TEXT)
        self.holdfast("recovery", "test", "--recovery-file", self.code, status=NOT_FOUND)
        new, done = self.renew()
        self.assertEqual((done["rotated_root"], done["epoch"]), (False, 1))
        self.assertEqual(self.status()["slots"], ["fingerprint", "recovery"])
        self.change(*OTHER)
        self.assertEqual(self.opens_with(new), TEXT)

    def test_delivery_is_as_careful_as_at_first(self):
        before = (self.state / "anchor").read_bytes()
        self.write("old.txt", "the code of another anchor")
        self.holdfast("recovery", "new", "--recovery-out", "old.txt", status=REFUSED, says="exists already")
        self.holdfast("recovery", "new", "--recovery-out", self.state / "code", status=REFUSED, says="must not lie in the state folder")
        self.holdfast("recovery", "new", "--recovery-out", "-", status=USAGE)
        self.holdfast("recovery", "new", "--recovery-out", "nosuch/new.txt", status=NOT_FOUND)
        self.holdfast("recovery", "new", status=REFUSED, says=["no terminal", "--recovery-out"])
        self.assertEqual((self.state / "anchor").read_bytes(), before)
        self.assertEqual((self.folder / "old.txt").read_text(), "the code of another anchor")
        self.assertEqual(self.opens_with(self.code), TEXT)

    def test_shown_once_on_a_terminal(self):
        screen = Terminal(self, "recovery", "new").end(0)
        self.assertIn("the only copy", screen)
        (code,) = {word for word in screen.split() if word.count("-") == 7}
        self.keep_secret(code)
        self.assertEqual(self.opens_with(self.write("typed", code)), TEXT)

    def test_drift_comes_first(self):
        self.change(list(OTHER)[0])
        self.holdfast("recovery", "new", "--recovery-out", "new.txt", status=REFUSED, says="holdfast migrate")
        self.assertNotIn("new.txt", self.files())


class Revoking(RecoveryTest):
    def test_from_then_on_there_is_none(self):
        done = self.holdfast("--json", "recovery", "revoke", "--yes").json
        self.assertEqual(done["epoch"], 2)
        self.assertEqual(self.status()["slots"], ["fingerprint"])
        self.assertIsNone(self.opens_with(self.code, status=NOT_FOUND))
        self.assertEqual(self.unseal("sealed"), TEXT)
        self.assertEqual(self.events()[-1], "recovery-code-revoked")
        self.holdfast("recovery", "revoke", "--yes", status=NOT_FOUND, says="no recovery code")
        self.renew()

    def test_it_asks(self):
        self.holdfast("recovery", "revoke", status=USAGE, says=["everything is lost", "--yes"])
        for answer, status in ((b"n\n", USAGE), (b"Y\n", 0)):
            terminal = Terminal(self, "recovery", "revoke")
            terminal.expect_prompt(b"Revoke the recovery code? [y/N]: ", echoes=True)
            self.assertEqual(self.status()["slots"], ["fingerprint", "recovery"])
            terminal.type(answer)
            terminal.end(status)
        self.assertEqual(self.status()["slots"], ["fingerprint"])


class Stateless(HoldfastTest):
    def test_there_is_no_anchor_to_change(self):
        self.holdfast("init", "--stateless", "--sysroot", SERVER, "--require", "dmi/product_uuid", "--require", "processor/serial",
                      "--require", "disk/0000:5e:00.0-nvme/eui")
        for args in (("migrate",), ("policy",), ("rotate-root", "--yes"), ("epoch", "list"), ("recovery", "new", "--recovery-out", "f"),
                     ("recovery", "revoke", "--yes"), ("reseal", "f")):
            self.holdfast(*args, status=REFUSED, says="stateless device")
        self.assertEqual(self.files(), ["state"])


if __name__ == "__main__":
    main()
