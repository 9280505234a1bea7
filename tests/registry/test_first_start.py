"""First starts that fail: what is kept nowhere reaches the operator all the same, or nothing was founded yet."""

import json
import socket
import subprocess
import unittest

from registry import RegistryTest
from support import DONE, NOT_FOUND, PATIENCE


class FirstStart(RegistryTest):
    def fails(self, says):
        """A start that does not come to serve. Returns what it printed."""
        done = subprocess.run(self.registry_command("--json", "serve"), env=self.env, cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=PATIENCE, check=False)
        self.assertNotEqual(done.returncode, DONE)
        self.assertIn(says, done.stderr.decode())
        return json.loads(done.stdout) if done.stdout else {}

    def all_is_there(self, *printed):
        """Among what several starts printed."""
        codes = [facts["recovery_code"] for facts in printed if "recovery_code" in facts]
        tokens = [facts["first_token"] for facts in printed if "first_token" in facts]
        self.assertEqual((len(codes), len(tokens)), (1, 1), printed)
        self.registry("operator", "list", token=self.write("first", tokens[0]))

    def test_mistakes_are_told_before_anything_is_founded(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            long = self.folder / ("x" * 100)
            for text, says in ((f"[est]\nport = {taken.getsockname()[1]}\n", "in use"),
                               ('[est]\nport = 0\n[authority]\nroot = "ed25519"\n', "ed25519"),
                               ('[est]\nport = 0\naddress = "localhost"\n', "localhost"),
                               ('[est]\nport = 0\nnames = ["not a name"]\n', "not a name"),
                               (f'[est]\nport = 0\n[database]\nurl = "postgresql:///x?host={self.folder}"\n', "")):
                self.write("registry/registry.toml", text)
                with self.subTest(text):
                    self.assertEqual(self.fails(says), {})
                    self.assertFalse((self.data / "anchor").exists())
        self.configure()
        data, self.data = self.data, long
        self.assertEqual(self.fails("too long"), {})
        self.data = data
        self.all_is_there(self.serve())

    def test_what_was_founded_before_a_failure_is_printed(self):
        # The checkpoint is written with the first entry, when the anchor and its code are there.
        self.outside.mkdir()
        blocked = self.outside / "checkpoint"
        blocked.mkdir()
        self.configure(f'[log]\ncheckpoint = "{blocked}"\n')
        begun = self.fails(str(blocked))
        self.assertEqual(list(begun), ["recovery_code"])
        # A command founds nothing.
        self.registry("identity", "list", status=NOT_FOUND, says="never founded")
        blocked.rmdir()
        self.all_is_there(begun, self.serve())

    def test_the_token_is_printed_before_the_server_listens(self):
        self.configure()
        (self.data / "registry.sock").mkdir()
        founded = self.fails("")
        self.assertEqual(sorted(founded), ["first_token", "recovery_code"])
        (self.data / "registry.sock").rmdir()
        self.all_is_there(founded, self.serve())


if __name__ == "__main__":
    unittest.main()
