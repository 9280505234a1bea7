"""Root epochs: a new root, what earlier ones still serve, and forgetting them."""

import os
import subprocess

from machine import NVME, MachineTest
from support import BOARD, DOES_NOT_OPEN, MALFORMED, NOT_FOUND, REFUSED, USAGE, HoldfastTest, main
from terminal import Terminal

TEXT = b"sealed under the first root\n"


class EpochTest(MachineTest):
    def setUp(self):
        super().setUp()
        self.recovery = self.init_with_recovery(self.tree)
        self.holdfast("key", "create", "k", "--alg", "ed25519")
        self.seal(TEXT)

    def epochs(self):
        return [(e["epoch"], e["newest"], e["keys"]) for e in self.holdfast("--json", "epoch", "list").json["epochs"]]


class Rotating(EpochTest):
    def test_everything_goes_on(self):
        signature = self.holdfast("sign", "--key", "k", input=TEXT).out
        public = self.holdfast("key", "public", "k").out
        for epoch in (2, 3, 4):
            self.assertEqual(self.new_root(), epoch)
            self.assertEqual(self.unseal("sealed"), TEXT)
            self.assertEqual(self.holdfast("sign", "--key", "k", input=TEXT).out, signature)
            self.assertEqual(self.holdfast("key", "public", "k").out, public)
            self.seal(TEXT, name=f"sealed-{epoch}")
            self.assertIn(f'"epoch":{epoch},', self.header(f"sealed-{epoch}"))
        self.assertEqual(self.unseal("sealed", "--recovery-file", self.recovery), TEXT)
        self.assertEqual(self.unseal("sealed-4", "--recovery-file", self.recovery), TEXT)
        self.assertEqual(self.events().count("root-rotated"), 3)

    def test_it_asks(self):
        self.holdfast("rotate-root", status=USAGE, says="--yes")
        for answer, status in ((b"\n", USAGE), (b"yes\n", 0)):
            terminal = Terminal(self, "rotate-root")
            terminal.expect_prompt(b"Draw a new root? [y/N]: ", echoes=True)
            terminal.type(answer)
            terminal.end(status)
        self.assertEqual(self.status()["epoch"], 2)

    def test_drift_comes_first(self):
        self.change(NVME)
        self.holdfast("rotate-root", "--yes", status=REFUSED, says=["changed", "holdfast migrate"])
        self.assertEqual(self.status()["epoch"], 1)

    def test_a_program_that_was_open_goes_on_under_the_root_it_knows(self):
        read_end, write_end = os.pipe()
        sealing = self.start("seal", "--out", "streamed", stdin=read_end)
        os.close(read_end)
        os.write(write_end, TEXT)
        # Its output's folder has it as soon as the anchor is open and the header written.
        header = self.open_output(sealing)
        self.new_root()
        os.close(write_end)
        self.finish(sealing)
        self.assertIn(b'"epoch":1,', header())
        self.assertEqual(self.unseal("streamed"), TEXT)

    def open_output(self, process):
        """Waits until the nameless output of a sealing process has its header; returns how to read the final file."""
        while process.poll() is None:
            for descriptor in os.listdir(f"/proc/{process.pid}/fd"):
                try:
                    if str(self.folder / "#") in os.readlink(f"/proc/{process.pid}/fd/{descriptor}") and \
                            os.stat(f"/proc/{process.pid}/fd/{descriptor}").st_size > 0:
                        return lambda: (self.folder / "streamed").read_bytes()
                except FileNotFoundError:
                    continue
        self.fail(process.communicate())


class Listing(EpochTest):
    def test_keys_by_their_roots(self):
        self.assertEqual(self.epochs(), [(1, True, ["k@1"])])
        self.new_root()
        self.holdfast("key", "create", "later", "--alg", "ed25519")
        self.holdfast("key", "rotate", "k")
        self.assertEqual([(n, newest, sorted(keys)) for n, newest, keys in self.epochs()], [(1, False, ["k@1"]), (2, True, ["k@2", "later@1"])])
        text = self.holdfast("epoch", "list").text
        self.assertRegex(text, r"(?m)^1 +kept +software +k@1$")
        self.assertRegex(text, r"(?m)^2 +newest +software ")

    def test_many_keys_are_counted(self):
        for i in range(7):
            self.holdfast("key", "create", f"many-{i}", "--alg", "ed25519")
        self.assertIn(" and 3 more", self.holdfast("epoch", "list").text)


class Dropping(EpochTest):
    def setUp(self):
        super().setUp()
        self.new_root()

    def drop(self, *args, **options):
        return self.holdfast("--json", "epoch", "drop", *args, **options)

    def test_refused_while_a_key_needs_it(self):
        self.holdfast("epoch", "drop", "1", "--yes", status=REFUSED, says=["k@1", "rotate"])
        self.holdfast("key", "rotate", "k")
        self.holdfast("epoch", "drop", "1", "--yes", status=REFUSED, says="k@1")
        self.holdfast("key", "destroy", "k@1", "--yes")
        self.assertEqual(self.drop("1", "--yes").json["dropped"], 1)
        self.assertEqual(self.epochs(), [(2, True, ["k@2"])])
        self.assertEqual(self.events()[-1], "epoch-dropped")
        self.holdfast("sign", "--key", "k", input=TEXT)

    def test_what_is_left_of_destroyed_keys_stays(self):
        self.holdfast("key", "rotate", "k")
        self.holdfast("key", "selfsign", "k", "--subject", "CN=k", "--days", "9", "--out", "k.crt")
        self.holdfast("key", "certificate", "k", "--in", "k.crt")
        signature = self.write("signature", self.holdfast("sign", "--key", "k", input=TEXT).out)
        self.holdfast("key", "public", "k@2", "--out", "k2.pem")
        self.new_root()
        self.holdfast("key", "rotate", "k")
        self.holdfast("key", "create", "gone", "--alg", "ml-dsa-44", "--origin", "random")
        self.new_root()
        self.holdfast("key", "rotate", "k")
        for key in ("k@2", "k@3", "gone"):
            self.holdfast("key", "destroy", key, "--yes")
        before = self.listed()
        for epoch in ("2", "3"):
            self.drop(epoch, "--yes")
            self.holdfast("sign", "--key", "k@1", status=REFUSED, says=["followed by 'k@2'", "destroyed"])
        self.assertEqual(self.listed(), before)
        self.assertEqual(self.epochs(), [(1, False, ["k@1"]), (4, True, ["k@4"])])
        self.holdfast("key", "create", "gone", "--alg", "ed25519", status=REFUSED, says="never used again")
        self.assertEqual(self.holdfast("key", "public", "k@2").out, self.read("k2.pem"))
        self.assertEqual(self.holdfast("key", "certificate", "k@2").out, self.read("k.crt"))
        done = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "k2.pem", "-rawin", "-in", self.write("text", TEXT),
                               "-sigfile", signature], cwd=self.folder, capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, b"Signature Verified Successfully\n"))

    def test_a_key_file_that_no_root_opens_any_more(self):
        path = self.state / "keys" / "k@1.key"
        old = path.read_bytes()
        self.holdfast("key", "rotate", "k")
        self.holdfast("key", "destroy", "k@1", "--yes")
        self.drop("1", "--yes")
        path.write_bytes(old)  # from a backup
        self.new_root()
        self.holdfast("key", "list", status=DOES_NOT_OPEN, says=["k@1", "epoch 1", "was dropped"])
        for command in (("epoch", "list"), ("epoch", "drop", "2", "--yes")):
            self.holdfast(*command, status=MALFORMED, says=["'k@1.key' cannot be read", "backup", "holdfast key destroy k@1"])
        self.holdfast("key", "destroy", "k", "--yes", status=DOES_NOT_OPEN, says="k@1")
        self.holdfast("sign", "--key", "k", input=TEXT)
        terminal = Terminal(self, "key", "destroy", "k@1")
        for prompt, answer in ((b"go on: ", b"k@1\n"), (b"Give up the file of key 'k@1'? Type k@1 to go on: ", b"no\n")):
            terminal.expect_prompt(prompt, echoes=True)
            terminal.type(answer)
        terminal.end(USAGE)
        self.assertEqual(path.read_bytes(), old)
        done = self.holdfast("--json", "key", "destroy", "k@1", "--yes")
        self.assertEqual(done.json, {"keys": [], "given_up": "k@1"})
        self.assertEqual(path.read_text(), "holdfast-key-given-up-v1\n")
        self.assertEqual(self.epochs(), [(2, False, ["k@2"]), (3, True, [])])
        self.assertEqual([name for name, _ in self.listed()], ["k"])
        for command in (("key", "show", "k@1"), ("key", "enable", "k@1"), ("key", "destroy", "k@1", "--yes"), ("sign", "--key", "k@1")):
            self.holdfast(*command, status=REFUSED, says="given up")
        self.holdfast("sign", "--key", "k", input=TEXT)
        self.assertEqual(self.holdfast("--json", "key", "rotate", "k").json["version"], 3)
        self.holdfast("key", "destroy", "k@2", "--yes")
        self.drop("2", "--yes")

    def test_a_damaged_key_file(self):
        path = self.state / "keys" / "k@1.key"
        path.write_bytes(path.read_bytes()[:-5])
        (self.state / "keys" / "strange.key").write_bytes(b"")
        self.holdfast("epoch", "list", status=MALFORMED, says=["'k@1.key'", "holdfast key destroy k@1"])
        done = self.holdfast("key", "destroy", "k@1", "--yes")
        self.assertIn("Gave up key 'k@1'", done.text)
        self.drop("1", "--yes", status=MALFORMED)
        self.holdfast("epoch", "list", status=MALFORMED, says=["'strange.key'", "move it out"])
        (self.state / "keys" / "strange.key").unlink()
        self.drop("1", "--yes")
        self.holdfast("key", "create", "k", "--alg", "ed25519", status=REFUSED, says="never used again")
        self.holdfast("key", "rotate", "k", status=REFUSED, says="another name")

    def test_a_damaged_newest_version(self):
        self.holdfast("key", "rotate", "k")
        path = self.state / "keys" / "k@2.key"
        path.write_bytes(path.read_bytes()[:-5])
        self.holdfast("sign", "--key", "k", input=TEXT, status=MALFORMED)
        self.holdfast("key", "destroy", "k@2", "--yes")
        self.holdfast("sign", "--key", "k", input=TEXT, status=REFUSED, says=["k@2", "given up", "holdfast key rotate k"])
        self.holdfast("sign", "--key", "k@1", input=TEXT, status=REFUSED, says="followed by 'k@2', which is given up,")
        self.assertEqual(self.holdfast("--json", "key", "rotate", "k").json["version"], 3)
        self.holdfast("sign", "--key", "k", input=TEXT)

    def listed(self):
        """Which versions there are, and in what states."""
        return {(k["name"], k["version"]): (k["state"], k["public_sha256"]) for k in self.holdfast("--json", "key", "list").json["keys"]}

    def test_what_is_sealed_under_it_is_lost(self):
        self.holdfast("key", "destroy", "k", "--yes")
        self.assertEqual(self.unseal("sealed"), TEXT)
        self.drop("1", "--yes")
        self.refuses_to_unseal("sealed", status=DOES_NOT_OPEN, says=["root epoch 1", "dropped"])
        self.assertEqual(self.unseal(self.seal(TEXT, name="new")), TEXT)

    def test_neither_the_newest_nor_one_that_is_not_there(self):
        self.drop("2", "--yes", status=REFUSED)
        self.holdfast("epoch", "drop", "2", status=REFUSED, says=["newest", "holdfast rotate-root"])
        self.holdfast("epoch", "drop", "3", status=NOT_FOUND, says="no root epoch 3")
        for typed in ("0", "-1", "one", "4294967296"):
            self.drop(typed, status=USAGE)

    def test_it_asks_for_the_number(self):
        self.holdfast("key", "destroy", "k", "--yes")
        self.holdfast("epoch", "drop", "1", status=USAGE, says=["unreadable for ever", "holdfast reseal", "restart them first", "--yes"])
        for answer, status in ((b"y\n", USAGE), (b"1\n", 0)):
            self.assertEqual(len(self.epochs()), 2)
            terminal = Terminal(self, "epoch", "drop", "1")
            terminal.expect_prompt(b"Drop root epoch 1? Type 1 to go on: ", echoes=True)
            terminal.type(answer)
            terminal.end(status)
        self.assertEqual(len(self.epochs()), 1)


class Cheapest(HoldfastTest):
    def test_the_tier_of_every_root_that_still_counts(self):
        self.init(BOARD)
        self.holdfast("key", "create", "k", "--alg", "ecdsa-p256")
        message = self.write("message", TEXT)
        self.holdfast("key", "public", "k", "--out", "k.pem")
        self.holdfast("rotate-root", "--yes")
        self.holdfast("sign", "--key", "k", "--in", message, "--out", "signature")
        done = subprocess.run(["openssl", "dgst", "-sha256", "-verify", "k.pem", "-signature", "signature", "message"], cwd=self.folder,
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, b"Verified OK\n"))


if __name__ == "__main__":
    main()
