"""Sealing files anew, in their places, under the newest root."""

import os
import signal
import stat
import subprocess
import unittest

from machine import MachineTest
from support import (DOES_NOT_OPEN, MALFORMED, NOT_FOUND, REFUSED, USAGE, WRONG_PASSPHRASE, flipped, main)

TEXT = b"sealed under the first root\n"
NOBODY = 65534
SIZES = (0, 1, 65535, 65536, 65537, 131072, 16 * 65536, 16 * 65536 + 1, 17 * 65536, 40 * 65536 + 7)


class ResealTest(MachineTest):
    def setUp(self):
        super().setUp()
        self.init(self.tree)
        self.files_folder = self.folder / "files"
        self.files_folder.mkdir()

    def put(self, name, content=TEXT, *args):
        (self.files_folder / name).parent.mkdir(parents=True, exist_ok=True)
        return self.seal(content, *args, name=f"files/{name}")

    def reseal(self, *args, status=0, **options):
        """The summary, without what is zero."""
        summary = self.holdfast("--json", "reseal", *args, status=status, **options).json
        return {key: value for key, value in summary.items() if value and key not in ("epoch", "failed")}

    def failures(self, *args, status, **options):
        failed = self.holdfast("--json", "reseal", *args, status=status, **options).json["failed"]
        return [(os.path.basename(f["path"]), f["error"]["code"]) for f in failed]

    def is_under(self, epoch, path):
        self.assertIn(f'"epoch":{epoch},', self.header(path))

    def assertNoLeftovers(self):
        self.assertEqual([path for path in self.folder.rglob("*.tmp")], [])


class Contents(ResealTest):
    def test_every_size_comes_out_as_it_went_in(self):
        contents = {f"of-{size}": os.urandom(size) for size in SIZES}
        for name, content in contents.items():
            self.put(name, content)
        self.new_root()
        self.assertEqual(self.reseal("--recursive", "files"), {"resealed": len(SIZES)})
        for name, content in contents.items():
            self.is_under(2, f"files/{name}")
            self.assertEqual(self.unseal(self.files_folder / name), content, name)
        self.assertNoLeftovers()

    def test_the_earlier_root_is_not_needed_any_more(self):
        path = self.put("a")
        before = path.read_bytes()
        self.new_root()
        self.reseal(path)
        self.holdfast("epoch", "drop", "1", "--yes")
        self.assertEqual(self.unseal(path), TEXT)
        (self.folder / "old").write_bytes(before)
        self.refuses_to_unseal("old", status=DOES_NOT_OPEN)

    def test_what_the_header_says_stays(self):
        passphrase = self.secret("passphrase", "siebzehn blaue Pferde\n")
        path = self.put("a", TEXT, "--name", "Größe 7", "--expires", "2126-01-02T03:04:05Z", "--suite", "chacha20-poly1305", "--passphrase-file", passphrase)
        before = self.header(path)
        self.new_root()
        self.assertEqual(self.reseal(path, "--passphrase-file", passphrase), {"resealed": 1})
        after = self.header(path)
        for part in ('"name":"Größe 7"', '"expires":"2126-01-02T03:04:05Z"', '"suite":"chacha20-poly1305"', '"passphrase":{'):
            self.assertIn(part, before)
            self.assertIn(part, after)
        self.assertNotEqual(before.split('"salt"')[1], after.split('"salt"')[1])
        self.refuses_to_unseal(path, status=USAGE, says="passphrase")
        self.assertEqual(self.unseal(path, "--passphrase-file", passphrase, "--name", "Größe 7"), TEXT)

    def test_a_passphrase_that_is_missing_or_wrong(self):
        path = self.put("a", TEXT, "--passphrase-file", self.secret("passphrase", "siebzehn blaue Pferde\n"))
        self.put("b")
        before = path.read_bytes()
        self.new_root()
        self.assertEqual(self.failures("--recursive", "files", status=USAGE), [("a", "usage")])
        self.is_under(2, "files/b")
        wrong = self.secret("wrong", "siebzehn rote Pferde\n")
        self.assertEqual(self.failures(path, "--passphrase-file", wrong, status=WRONG_PASSPHRASE), [("a", "wrong_passphrase")])
        self.assertEqual(path.read_bytes(), before)
        self.assertEqual(self.reseal("--recursive", "files", "--passphrase-file", "passphrase"), {"resealed": 1, "newest_already": 1})

    def test_the_plaintext_is_nowhere(self):
        path = self.put("a", b"do not write this down" * 100)
        self.new_root()
        self.reseal(path)
        found = subprocess.run(["grep", "-rla", "do not write this", self.folder], capture_output=True, check=False)
        self.assertEqual((found.returncode, found.stdout), (1, b""))


class Skipping(ResealTest):
    def test_what_is_not_to_be_resealed(self):
        for name in ("a", "sub/b", "sub/deeper/c"):
            self.put(name)
        self.env["HOLDFAST_DIR"] = str(self.folder / "other")
        self.init(self.tree)
        self.put("others")
        self.env["HOLDFAST_DIR"] = str(self.state)
        self.new_root()
        self.put("new")
        self.write("files/plain", "holdfast")
        self.write("files/empty", "")
        os.mkfifo(self.files_folder / "pipe")
        outside = self.seal(TEXT, name="outside")
        (self.files_folder / "link").symlink_to(outside)
        (self.files_folder / "linked-folder").symlink_to(self.folder)
        (self.files_folder / "broken-link").symlink_to("nowhere")
        before = {p: p.read_bytes() for p in (outside, self.files_folder / "others", self.files_folder / "plain")}
        self.assertEqual(self.reseal("--recursive", "files"), {"resealed": 3, "newest_already": 1, "other": 7})
        self.assertEqual({p: p.read_bytes() for p in before}, before)
        self.assertTrue((self.files_folder / "link").is_symlink())
        self.assertEqual(self.reseal("--recursive", "files"), {"newest_already": 4, "other": 7})
        text = self.holdfast("reseal", "--recursive", "files").text
        self.assertIn("Under it already: 4\n", text)
        self.assertIn("Not sealed by this anchor: 7\n", text)

    def test_files_from_outside_stay(self):
        self.holdfast("key", "create", "inbox", "--alg", "x25519-ml-kem-768")
        self.holdfast("key", "public", "inbox", "--out", "inbox.pem")
        self.holdfast("encrypt", "--to", "inbox.pem", "--out", "files/sent", input=TEXT)
        self.new_root()
        self.assertEqual(self.reseal("--recursive", "files"), {"other": 1})

    def test_expired_files_stay(self):
        self.put("short", TEXT, "--expires", "1s")
        self.new_root()
        while self.holdfast("unseal", "--in", "files/short", "--out", "o", status=None).status != REFUSED:
            pass
        self.assertEqual(self.reseal("files/short"), {"expired": 1})
        self.is_under(1, "files/short")

    def test_a_link_that_is_named(self):
        path = self.put("a")
        (self.folder / "link").symlink_to("files/a")
        self.new_root()
        self.assertEqual(self.reseal("link"), {"resealed": 1})
        self.assertTrue((self.folder / "link").is_symlink())
        self.is_under(2, path)

    def test_folders_only_on_request(self):
        self.put("a")
        self.new_root()
        self.assertEqual(self.failures("files", status=USAGE), [("files", "usage")])
        self.is_under(1, "files/a")

    def test_one_failure_keeps_nobody_else(self):
        for name in ("a", "b", "c", "d"):
            self.put(name)
        header = (self.files_folder / "b").read_bytes().index(b"epoch")
        (self.files_folder / "b").write_bytes(flipped((self.files_folder / "b").read_bytes(), header))
        (self.files_folder / "c").write_bytes((self.files_folder / "c").read_bytes()[:-1])
        before = {name: (self.files_folder / name).read_bytes() for name in "bc"}
        self.new_root()
        self.assertEqual(self.failures("nosuch", "--recursive", "files", status=NOT_FOUND),
                         [("nosuch", "not_found"), ("b", "malformed"), ("c", "malformed")])
        self.assertEqual({name: (self.files_folder / name).read_bytes() for name in "bc"}, before)
        for name in "ad":
            self.is_under(2, f"files/{name}")
        done = self.holdfast("--quiet", "reseal", "--recursive", "files", status=MALFORMED)
        self.assertEqual(done.out, b"")
        self.assertEqual(done.err.count(b"holdfast: failed: "), 2)
        self.assertEqual(len(done.err.splitlines()), 2)
        self.assertNoLeftovers()

    def test_nothing_to_be_had_from_a_swapped_header(self):
        """A header of another file, with a later expiry, does not get into the new one."""
        path = self.put("a", TEXT, "--expires", "2126-01-01T00:00:00Z")
        other = self.put("b", TEXT).read_bytes()
        own = path.read_bytes()
        path.write_bytes(b"\n".join(other.split(b"\n", 3)[:3] + own.split(b"\n", 3)[3:]))
        self.new_root()
        self.assertEqual(self.failures(path, status=MALFORMED), [("a", "malformed")])


class Attributes(ResealTest):
    def test_mode_and_times(self):
        path = self.put("a")
        path.chmod(0o640)
        os.utime(path, (1, 1))
        self.new_root()
        self.reseal(path)
        self.assertMode(path, 0o640)
        # Backup programs must see that it is another file.
        self.assertGreater(path.stat().st_mtime, 1)

    def test_extended_attributes(self):
        path = self.put("a")
        try:
            os.setxattr(path, "user.origin", b"gate 7")
        except OSError:
            self.skipTest("this file system has no extended attributes")
        self.new_root()
        self.reseal(path)
        self.assertEqual(os.getxattr(path, "user.origin"), b"gate 7")

    @unittest.skipUnless(os.geteuid() == 0, "giving files away needs root")
    def test_owner_and_group(self):
        path = self.put("a")
        os.chown(path, NOBODY, NOBODY)
        path.chmod(0o604)
        self.new_root()
        self.reseal(path)
        self.assertEqual((path.stat().st_uid, path.stat().st_gid), (NOBODY, NOBODY))
        self.assertMode(path, 0o604)
        self.assertEqual(self.unseal(path), TEXT)


class Interrupted(ResealTest):
    def test_at_any_point_it_can_be_run_again(self):
        count = 12
        contents = {f"{i:02}": os.urandom(200_000) for i in range(count)}
        for name, content in contents.items():
            self.put(name, content)
        self.new_root()
        process = self.start("--json", "reseal", "--recursive", "files")
        # As soon as the first is done.
        while process.poll() is None and '"epoch":1,' in self.header("files/00"):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        # Killed between two system calls, it may leave a name of its own for a whole new file.
        self.assertEqual(sorted(name for name in os.listdir(self.files_folder) if not name.endswith(".tmp")), sorted(contents))
        for name, content in contents.items():
            self.assertEqual(self.unseal(self.files_folder / name), content)
        done = sum('"epoch":2,' in self.header(f"files/{name}") for name in contents)
        self.assertGreater(done, 0)
        for leftover in self.files_folder.glob("*.tmp"):
            leftover.unlink()
        expected = {"newest_already": done, "resealed": count - done}
        self.assertEqual(self.reseal("--recursive", "files"), {key: value for key, value in expected.items() if value})
        for name, content in contents.items():
            self.assertEqual(self.unseal(self.files_folder / name), content)


if __name__ == "__main__":
    main()
