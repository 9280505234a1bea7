"""No secret is ever printed, nor left where a crash would write it. support.py judges each outcome of the other files too."""

import os
import subprocess
from pathlib import Path

from support import BOARD, HoldfastTest, main

TEXT = b"what was sealed\n"


class Silence(HoldfastTest):
    """Every command, with right and wrong secrets, in every manner of speaking. `holdfast` looks for them itself."""

    def setUp(self):
        super().setUp()
        self.secret("anchor.pass", "siebzehn blaue Pferde")
        self.secret("file.pass", "zweiundvierzig Igel")
        self.secret("wrong.pass", "dreizehn gelbe Fische")
        self.unlock = ("--unlock-passphrase-file", "anchor.pass")
        self.code = self.init_with_recovery(BOARD, "--passphrase-file", "anchor.pass")
        self.secret("mistyped.txt", self.code.read_bytes()[:-4] + b"ZZZ\n")
        self.seal(TEXT, *self.unlock, "--passphrase-file", "file.pass")
        self.holdfast("key", "create", "k", "--alg", "ecdsa-p256", *self.unlock)

    def commands(self):
        yield ("status",)
        yield ("events",)
        yield ("key", "list")
        yield ("key", "show", "k")
        yield ("key", "public", "k")
        yield ("sign", "--key", "k")
        yield ("key", "create", "k", "--alg", "ed25519")
        yield ("init", "--sysroot", BOARD, "--recovery-out", "new.txt", "--passphrase-file", "anchor.pass")
        yield ("--dir", "new", "init", "--sysroot", BOARD, "--recovery-out", self.code, "--passphrase-file", "anchor.pass")
        for given in ("file.pass", "wrong.pass", "absent"):
            yield ("unseal", "--in", "sealed", "--out", "out", "--passphrase-file", given)
        for code in (self.code, "mistyped.txt", "anchor.pass"):
            yield ("unseal", "--in", "sealed", "--out", "out", "--passphrase-file", "file.pass", "--recovery-file", code)
        # Secrets where something else is expected.
        yield ("fingerprint", "--sysroot", BOARD, "--credfile", "anchor.pass")
        yield ("unseal", "--in", "anchor.pass", "--passphrase-file", "file.pass")
        yield ("verify", "--public", "anchor.pass", "--signature", self.code)
        yield ("unseal", "--in", "sealed", "--out", "out", "--passphrase-file", self.code)

    def test_nothing_is_printed(self):
        for manner in ((), ("--json",)):
            for unlock in (self.unlock, ("--unlock-passphrase-file", "wrong.pass")):
                for args in self.commands():
                    with self.subTest(args=(*manner, *unlock, *args)):
                        self.holdfast(*manner, *unlock, *args, status=None, env={"HOLDFAST_TRACE": "1"})

    def test_the_trace_is_there(self):
        """Otherwise the test above would prove nothing."""
        said = self.holdfast("key", "show", "nosuch", *self.unlock, status=6, env={"HOLDFAST_TRACE": "1"}).message
        self.assertIn(" | raised at ", said)

    def test_nothing_is_stored_in_the_clear(self):
        for path in self.state.rglob("*"):
            if path.is_file():
                for spelling in self.secrets:
                    self.assertNotIn(spelling, path.read_bytes(), path)


class Process(HoldfastTest):
    def test_no_core_dumps(self):
        self.init()
        process = self.start("seal", stdin=subprocess.PIPE)
        # It has begun when its first line is there, and now waits for data.
        self.assertEqual(process.stdout.readline(), b"holdfast-sealed-v1\n")
        limits = Path(f"/proc/{process.pid}/limits").read_text()
        self.assertRegex(limits, r"Max core file size +0 +0 ")
        # Nor may other processes of this account look into it.
        self.assertEqual(os.stat(f"/proc/{process.pid}/maps").st_uid, 0)
        self.finish(process, input=TEXT)


if __name__ == "__main__":
    main()
