"""Talking to a person at a terminal."""

import os
import re
import signal

from support import BOARD, CONTAINER, DOES_NOT_OPEN, PATIENCE, USAGE, WRONG_PASSPHRASE, HoldfastTest, main
from terminal import Terminal

TEXT = b"sealed\n"
RIGHT, WRONG = b"siebzehn blaue Pferde", b"siebzehn rote Pferde"
ONCE_MORE = b"Once more; if it is right, something about this machine has changed.\r\n"
ANCHOR_PROMPT = b"Passphrase of this device's anchor: "
FILE_PROMPT = b"Passphrase of the sealed file: "


class AnchorPassphrase(HoldfastTest):
    def setUp(self):
        super().setUp()
        self.init(CONTAINER, "--passphrase-file", self.secret("passphrase", RIGHT))
        self.keep_secret(WRONG)
        self.sealed = self.seal(TEXT, "--unlock-passphrase-file", "passphrase")

    def unseal_here(self, **options):
        return Terminal(self, "unseal", "--in", "sealed", "--out", "out", **options)

    def test_right(self):
        terminal = self.unseal_here()
        terminal.expect_prompt(ANCHOR_PROMPT)
        terminal.type(RIGHT + b"\n")
        self.assertIn("Unsealed 7 bytes into out", terminal.end(0))
        self.assertEqual((self.folder / "out").read_bytes(), TEXT)

    def test_wrong_then_right(self):
        terminal = self.unseal_here()
        terminal.expect_prompt(ANCHOR_PROMPT)
        terminal.type(WRONG + b"\n")
        terminal.expect_prompt(ONCE_MORE + ANCHOR_PROMPT)
        terminal.type(RIGHT + b"\n")
        terminal.end(0)
        self.assertEqual((self.folder / "out").read_bytes(), TEXT)

    def test_wrong_twice(self):
        terminal = self.unseal_here()
        for prompt in (ANCHOR_PROMPT, ONCE_MORE + ANCHOR_PROMPT):
            terminal.expect_prompt(prompt)
            terminal.type(WRONG + b"\n")
        self.assertIn("do not open this anchor", terminal.end(DOES_NOT_OPEN))
        self.assertNotIn("out", self.files())

    def cancel(self, key):
        terminal = self.unseal_here()
        terminal.expect_prompt(ANCHOR_PROMPT)
        terminal.type(key)
        terminal.end(USAGE)
        self.assertEqual(self.files(), ["passphrase", "sealed", "state"])

    def test_interrupted(self):
        self.cancel(b"\x03")  # Ctrl-C

    def test_end_of_input(self):
        self.cancel(b"\x04")  # Ctrl-D

    def test_ended_from_outside(self):
        terminal = self.unseal_here()
        terminal.expect_prompt(ANCHOR_PROMPT)
        terminal.process.send_signal(signal.SIGTERM)
        terminal.process.wait(PATIENCE)
        self.assertTrue(terminal.echoes(), "the terminal no longer echoes")
        self.assertNotIn("out", self.files())

    def test_a_passphrase_that_is_too_long_is_not_cut(self):
        self.write("long", b"x" * 1024)
        self.env["HOLDFAST_DIR"] = str(self.folder / "other")
        self.init(CONTAINER, "--passphrase-file", "long")
        terminal = Terminal(self, "key", "list")
        terminal.expect_prompt(ANCHOR_PROMPT)
        terminal.type(b"x" * 1024 + b"more\n")
        self.assertNotEqual(terminal.process.wait(PATIENCE), 0, terminal.screen)

    def test_the_prompt_is_not_part_of_the_output(self):
        read_end, write_end = os.pipe()
        terminal = Terminal(self, "unseal", "--in", "sealed", stdout=write_end)
        os.close(write_end)
        terminal.expect_prompt(ANCHOR_PROMPT)
        terminal.type(RIGHT + b"\n")
        terminal.end(0)
        with os.fdopen(read_end, "rb") as out:
            self.assertEqual(out.read(), TEXT)

    def test_status_does_not_ask(self):
        self.assertIn("needs the passphrase", Terminal(self, "status").end(0))


class FilePassphrase(HoldfastTest):
    def test_asked_for_when_the_file_wants_it(self):
        self.init()
        self.seal(TEXT, "--passphrase-file", self.secret("passphrase", RIGHT))
        self.keep_secret(WRONG)
        for typed, status in ((RIGHT, 0), (WRONG, WRONG_PASSPHRASE)):
            terminal = Terminal(self, "unseal", "--in", "sealed", "--out", f"out-{status}")
            terminal.expect_prompt(FILE_PROMPT)
            terminal.type(typed + b"\n")
            terminal.end(status)
        self.assertEqual((self.folder / "out-0").read_bytes(), TEXT)
        self.assertNotIn(f"out-{WRONG_PASSPHRASE}", self.files())

    def test_not_asked_for_otherwise(self):
        self.init()
        self.seal(TEXT)
        self.assertNotIn("Passphrase", Terminal(self, "unseal", "--in", "sealed", "--out", "out").end(0))


class Display(HoldfastTest):
    def test_the_recovery_code_is_shown_once(self):
        screen = Terminal(self, "init", "--sysroot", BOARD).end(0)
        codes = re.findall(r"(?:[0-9A-Z]{5}-){7}[0-9A-Z]{5}", screen)
        self.assertEqual(len(codes), 1, screen)
        self.assertIn("the only copy", screen)
        self.write("typed", codes[0])
        self.keep_secret(codes[0])
        self.assertEqual(self.unseal(self.seal(TEXT), "--recovery-file", "typed"), TEXT)

    def test_colour_for_people_only(self):
        self.init()
        self.assertIn("\x1b[32m", Terminal(self, "status").end(0))
        self.env["NO_COLOR"] = "1"
        self.assertNotIn("\x1b", Terminal(self, "status").end(0))
        del self.env["NO_COLOR"]
        self.assertNotIn(b"\x1b", self.holdfast("status").out)
        self.assertNotIn("\x1b", Terminal(self, "--json", "status").end(0))

    def test_sealed_data_does_not_garble_a_terminal(self):
        self.init()
        self.write("plain", TEXT)
        self.assertIn("--out F", Terminal(self, "seal", "--in", "plain").end(USAGE))
        self.holdfast("key", "create", "k", "--alg", "ed25519")
        self.assertIn("--out F", Terminal(self, "sign", "--key", "k", "--in", "plain").end(USAGE))


if __name__ == "__main__":
    main()
