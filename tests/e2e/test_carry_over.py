"""Sealed files of NanoROOT carried over by the script, which trusts neither program."""

import fcntl
import json
import os
import signal
import stat
import subprocess
from pathlib import Path

from support import DONE, PATIENCE, USAGE, Outcome, main
from tap import TapTest, program

HERE = Path(__file__).resolve().parent
SCRIPT = HERE.parent.parent / "scripts" / "carry-over.sh"
PEER = HERE / "fake_peer.py"
FILES = {"database": b"the database's password\n", "with space": bytes(range(256)) * 40, "-dash": b"-", "large": b"0123456789abcdef" * 100_000}
PASSPHRASE = "zweiundvierzig Igel"
FAILED = 1


class CarryOver(TapTest):
    def setUp(self):
        super().setUp()
        self.tmp, self.new, self.old = (self.folder / name for name in ("tmp", "new", "old"))
        for folder in (self.tmp, self.new, self.old):
            folder.mkdir()
        self.write("peer.conf", "providertype=15\n")
        self.env["FAKE_PEER_LOG"] = str(self.folder / "log")
        self.secret("passphrase", PASSPHRASE + "\n")

    def seal_with_peer(self, files=None, passphrase=None):
        """What a user of NanoROOT has."""
        for name, content in (FILES if files is None else files).items():
            plain = self.write("plain", content)
            words = (PEER, "--seal", "--config", "peer.conf", f"--infile={plain}", f"--outfile={self.old / name}")
            subprocess.run([*words, *((f"--passphrase={passphrase}",) if passphrase else ())], env=self.env, cwd=self.folder, check=True)
            plain.unlink()
        (self.folder / "log").unlink(missing_ok=True)

    def words(self, *args, files=None, tmp=True):
        options = {"--peer": PEER, "--peer-config": "peer.conf", "--ours": program(), "--config": "nanoroot_smp.conf", "--out": "new"}
        if tmp:
            options["--tmp"] = "tmp"
        given = {name: args[i + 1] for i, name in enumerate(args) if str(name).startswith("--")}
        options.update(given)
        files = sorted(path for path in self.old.iterdir()) if files is None else files
        return [str(SCRIPT), *(str(word) for pair in options.items() for word in pair if None not in pair), *map(str, files)]

    def carry(self, *args, status=DONE, says=(), **options):
        words = self.words(*args, **options)
        done = subprocess.run(words, env=self.env, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                              start_new_session=True, timeout=PATIENCE, check=False)
        outcome = self.judge(Outcome(done.returncode, done.stdout, done.stdout + done.stderr), words, status, says)
        self.assertEqual(list(self.tmp.iterdir()), [], "plaintext was left")
        self.assertEqual([path.name for path in self.new.iterdir() if path.name.startswith(".")], [])
        return outcome

    def calls(self):
        log = self.folder / "log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def assert_carried(self, files=None, *passphrase):
        files = FILES if files is None else files
        self.assertEqual(sorted(path.name for path in self.new.iterdir()), sorted(files))
        for name, content in files.items():
            self.tap_unseal(self.new / name, *passphrase)
            self.assertEqual(self.read("unsealed"), content, name)

    def tap_unseal(self, file, *passphrase):
        words = [program(), "--unseal", "--config", "nanoroot_smp.conf", "--infile", str(file), "--outfile", "unsealed", *passphrase]
        done = subprocess.run(words, env=self.env, cwd=self.folder, capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual(done.returncode, DONE, done.stderr)

    def wrapper(self, name, script):
        """A program around ours; `"$@"` are its arguments, $ours is ours."""
        return self.write(name, f"#!/bin/bash\nours='{program()}'\n{script}\n", 0o700)


class Carried(CarryOver):
    def test_files_of_all_kinds(self):
        self.seal_with_peer()
        (self.old / "database").chmod(0o640)
        before = {path: path.read_bytes() for path in self.old.iterdir()}
        self.carry(says=["4 carried over, 0 carried over before, 0 not", "database (24 bytes)"])
        self.assert_carried()
        self.assertEqual({path: path.read_bytes() for path in self.old.iterdir()}, before)
        self.assertMode(self.new / "database", 0o640)
        for call in self.calls():
            self.assertEqual((call["mode"], call["config"]), ("0o700", "peer.conf"))

    def test_a_name_that_looks_like_an_option(self):
        self.seal_with_peer({"-dash": b"-"})
        os.rename(self.old / "-dash", self.folder / "-dash")
        self.carry(files=["--", "-dash"], says="1 carried over")
        self.assert_carried({"-dash": b"-"})

    def test_a_passphrase_opens_both(self):
        self.seal_with_peer(passphrase=PASSPHRASE)
        self.carry("--passphrase-file", "passphrase", says="4 carried over")
        self.assert_carried(None, f"--passphrase={PASSPHRASE}")

    def test_a_second_run_does_only_what_is_left(self):
        self.seal_with_peer()
        self.carry(files=[self.old / "database", self.old / "large"])
        self.carry(says="2 carried over, 2 carried over before, 0 not")
        self.assertEqual(len(self.calls()), 4)
        # A file that was sealed anew since is done again.
        done = (self.new / "large").stat()
        os.utime(self.old / "large", ns=(done.st_atime_ns, done.st_mtime_ns + 10**9))
        self.carry(says="1 carried over, 3 carried over before, 0 not")
        self.assert_carried()

    def test_plaintext_lies_in_memory(self):
        self.seal_with_peer({"database": b"x"})
        self.env.pop("XDG_RUNTIME_DIR", None)
        self.carry(tmp=False)
        place = Path(self.calls()[0]["out"]).parent
        self.assertFalse(place.exists())
        kind = subprocess.run(["stat", "-fc", "%T", place.parent], capture_output=True, check=True).stdout.strip()
        shared = subprocess.run(["stat", "-fc", "%T", "/dev/shm"], capture_output=True, check=False).stdout.strip()
        self.assertEqual(kind == b"tmpfs", shared == b"tmpfs", place)


class NotCarried(CarryOver):
    def test_what_the_peer_refuses(self):
        self.seal_with_peer({"good": b"good"})
        (self.old / "foreign").write_bytes(b"not sealed at all")
        said = self.carry("--passphrase-file", "passphrase", status=FAILED, says=["NOT carried over: ", "foreign", "TAP_unsealWithTrustedData failed"])
        self.assertIn("1 carried over, 0 carried over before, 1 not", said.text)
        self.assertEqual([path.name for path in self.new.iterdir()], ["good"])

    def test_garbage_of_the_peer_by_a_check(self):
        self.seal_with_peer({"database": b"the password"}, passphrase=PASSPHRASE)
        check = self.write("check", "#!/bin/sh\ncat >&2; grep -q password\n", 0o700)
        self.carry("--check", check, status=FAILED, says=["database", "does not pass"])
        self.write("check", "#!/bin/sh\ngrep -q password\n", 0o700)
        self.carry("--check", check, status=FAILED, says=["database", "does not pass"])
        self.carry("--check", check, "--passphrase-file", "passphrase", says="1 carried over")

    def test_an_empty_plaintext(self):
        self.seal_with_peer({"database": b""})
        self.carry(status=FAILED, says=["database", "no plaintext"])

    def test_ours_that_cannot_be_trusted(self):
        self.seal_with_peer({"database": b"the password\n", "large": b"x" * 1000})
        for name, script, says in (
                ("no-seal", 'exit 3', "cannot be sealed"),
                ("no-unseal", 'if [ "$1" = --unseal ]; then exit 3; fi; exec "$ours" "$@"', "does not unseal"),
                ("other-bytes", '"$ours" "$@" || exit; if [ "$1" = --unseal ]; then while [ "$1" != --outfile ]; do shift; done; printf X >>"$2"; fi',
                 "something else"),
                ("half", 'if [ "$1" = --seal ]; then while [ "$1" != --outfile ]; do shift; done; printf half >"$2"; else exec "$ours" "$@"; fi', "does not unseal")):
            with self.subTest(name):
                self.carry("--ours", self.wrapper(name, script), status=FAILED, says=["database", "large", says, "0 carried over", "2 not"])
                self.assertEqual(list(self.new.iterdir()), [])

    def test_another_device_for_ours(self):
        self.seal_with_peer({"database": b"x"})
        self.configure(credfile=str(self.folder / "absent.json"))
        self.carry(status=FAILED, says=["cannot be sealed", "absent.json"])
        self.assertEqual(list(self.new.iterdir()), [])

    def test_what_a_program_says_never_shows_the_passphrase(self):
        # `judge` looks for it in all that was printed; the fake peer prints it together with its error.
        (self.old / "foreign").write_bytes(b"not sealed at all")
        self.carry("--passphrase-file", "passphrase", status=FAILED, says="failed")

    def test_an_earlier_result_survives(self):
        self.seal_with_peer({"database": b"x"})
        (self.new / "database").write_bytes(b"precious")
        os.utime(self.new / "database", (0, 0))
        self.carry("--ours", self.wrapper("fails", "exit 3"), status=FAILED, says="cannot be sealed")
        self.assertEqual((self.new / "database").read_bytes(), b"precious")


class Interrupted(CarryOver):
    def begin(self):
        """A run whose peer has written half of the plaintext and waits."""
        self.seal_with_peer({"database": b"the password\n" * 100})
        pipe = self.folder / "pipe"
        os.mkfifo(pipe)
        os.mkfifo(f"{pipe}.never")
        process = subprocess.Popen(self.words(), env={**self.env, "FAKE_PEER_WAIT": str(pipe)}, cwd=self.folder, start_new_session=True,
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end, process)
        self.addCleanup(self.end_group, process.pid)
        with open(pipe, "rb") as waiting:
            self.assertEqual(waiting.readline(), b"half\n")
        (folder,) = self.tmp.iterdir()
        self.assertIn(b"the password", (folder / "plain").read_bytes())
        return process

    @staticmethod
    def end_group(group):
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def test_by_a_signal(self):
        process = self.begin()
        process.terminate()
        process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        self.assertEqual((list(self.tmp.iterdir()), list(self.new.iterdir())), ([], []))
        self.carry(says="1 carried over")

    def test_killed(self):
        process = self.begin()
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
        self.assertEqual(len(list(self.tmp.iterdir())), 1)
        # The next run wipes what this one left, and `carry` looks whether it did.
        self.carry(says="1 carried over")
        self.assert_carried({"database": b"the password\n" * 100})

    def test_one_run_at_a_time(self):
        self.seal_with_peer({"database": b"x"})
        folder = os.open(self.new, os.O_RDONLY)
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_EX)
        self.carry(status=FAILED, says="another run")

    def test_another_run_s_plaintext_is_left_alone(self):
        self.seal_with_peer({"database": b"x"})
        other = self.tmp / "holdfast-carry-over.of-another"
        other.mkdir()
        (other / "plain").write_bytes(b"in use")
        folder = os.open(other, os.O_RDONLY)
        fcntl.flock(folder, fcntl.LOCK_EX)
        words = self.words()
        done = subprocess.run(words, env=self.env, cwd=self.folder, capture_output=True, timeout=PATIENCE, check=False)
        self.assertEqual((done.returncode, (other / "plain").read_bytes()), (DONE, b"in use"), done.stderr)
        os.close(folder)
        self.carry(says="1 carried over before")


class Usage(CarryOver):
    def test_what_makes_no_sense(self):
        self.seal_with_peer({"database": b"x"})
        (self.folder / "elsewhere").mkdir()
        twin = self.write("elsewhere/database", b"peer")
        for args, options, says in ((("--peer", "absent"), {}, "absent"), (("--ours", "message"), {}, "message"),
                                    (("--peer-config", "absent"), {}, "absent"), (("--config", "absent"), {}, "absent"),
                                    (("--out", "absent"), {}, "absent"), (("--out", None), {}, "--out"), (("--peer", None), {}, "--peer"),
                                    (("--tmp", "absent"), {}, "absent"), (("--passphrase-file", "absent"), {}, "absent"),
                                    (("--check", "message"), {}, "message"), (("--colour", "green"), {}, "--colour"),
                                    (("--out", self.old), {}, "--out"), ((), {"files": []}, "no files"),
                                    ((), {"files": [self.old / "database", twin]}, "two files")):
            with self.subTest(f"{args} {options}"):
                self.carry(*args, **options, status=USAGE, says=says)
        self.assertEqual(self.calls(), [])
        self.carry(files=["absent"], status=FAILED, says="absent")

    def test_passphrase_files(self):
        self.seal_with_peer({"database": b"x"})
        for content, mode, says in (("", 0o600, "empty"), ("\n", 0o600, "empty"), ("readable words\n", 0o644, "chmod 600"), ("readable words\n", 0o640, "chmod 600")):
            file = self.write("faulty", content, mode)
            self.carry("--passphrase-file", file, status=USAGE, says=says)

    def test_help(self):
        text = self.carry(files=["--help"]).text
        for option in ("--peer", "--out", "--peer-config", "--ours", "--config", "--passphrase-file", "--check", "--tmp"):
            self.assertIn(option, text)
        self.assertTrue(stat.S_IMODE(SCRIPT.stat().st_mode) & 0o111)


if __name__ == "__main__":
    main()
